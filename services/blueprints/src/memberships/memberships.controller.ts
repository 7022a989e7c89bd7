import { Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Parse, RequestContext, Role } from '@managed-os/service-host';
import { BlueprintParams, MemberListAnswer, MemberParams, MovedAnswer } from '../blueprints/blueprints.bodies.js';
import type { Blueprints } from '../blueprints/blueprints.js';
import { noSuchBlueprint } from '../blueprints/problems.js';
import { BLUEPRINTS, MEMBERSHIPS } from '../tokens.js';
import type { Memberships } from './memberships.js';

@ApiTags('blueprints')
@ApiBearerAuth()
@Controller('api/blueprints/:blueprintId/devices')
export class MembershipsController {
  constructor(
    @Inject(MEMBERSHIPS) private readonly memberships: Memberships,
    @Inject(BLUEPRINTS) private readonly blueprints: Blueprints,
  ) {}

  /** The Macs in a Blueprint. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: MemberListAnswer })
  async list(@Param(new Parse(BlueprintParams)) { blueprintId }: BlueprintParams): Promise<MemberListAnswer> {
    if (!(await this.blueprints.exists(blueprintId))) throw noSuchBlueprint();
    return { items: await this.memberships.in(blueprintId) };
  }

  /** Moves a Mac here from wherever it was; also one that has not enrolled yet. */
  @Put(':deviceId')
  @Role('admin')
  @ApiOkResponse({ type: MovedAnswer })
  async move(
    @Param(new Parse(MemberParams)) { blueprintId, deviceId }: MemberParams,
    @RequestContext() context: RequestContext,
  ): Promise<MovedAnswer> {
    if (!(await this.memberships.move(deviceId, blueprintId, context))) throw noSuchBlueprint();
    return { deviceId, blueprintId };
  }
}
