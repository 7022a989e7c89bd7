import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DATABASE, Role } from '@managed-os/service-host';
import type { Kysely } from 'kysely';
import type { ProgressTables } from '../tables.js';
import { FailuresAnswer } from './failures.bodies.js';
import { countFailures } from './failures.js';

@ApiTags('updates')
@ApiBearerAuth()
@Controller('api/updates/failures')
export class FailuresController {
  constructor(@Inject(DATABASE) private readonly db: Kysely<ProgressTables>) {}

  /** What Macs said when something failed, how often, and what the taxonomy makes of it today. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: FailuresAnswer })
  failures(): Promise<FailuresAnswer> {
    return countFailures(this.db);
  }
}
