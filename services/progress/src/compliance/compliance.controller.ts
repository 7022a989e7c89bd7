import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DATABASE, Role } from '@managed-os/service-host';
import type { Kysely } from 'kysely';
import type { ProgressTables } from '../tables.js';
import { ComplianceAnswer } from './compliance.bodies.js';
import { countCompliance } from './compliance.js';

@ApiTags('updates')
@ApiBearerAuth()
@Controller('api/updates/compliance')
export class ComplianceController {
  constructor(@Inject(DATABASE) private readonly db: Kysely<ProgressTables>) {}

  /** The whole fleet, and each Blueprint. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: ComplianceAnswer })
  compliance(): Promise<ComplianceAnswer> {
    return countCompliance(this.db);
  }
}
