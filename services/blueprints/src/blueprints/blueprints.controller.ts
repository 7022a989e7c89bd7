import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Put, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import { type Clock, type Ids, reactionId } from '@managed-os/kernel';
import {
  CLOCK,
  CONFIG,
  etag,
  IDS,
  IfMatch,
  Parse,
  PREVIEW_CONFIRM,
  PREVIEW_TOKEN,
  type Presented,
  type PreviewConfig,
  PreviewOfSave,
  RequestContext,
  requirePreview,
  Role,
} from '@managed-os/service-host';
import type { FastifyReply } from 'fastify';
import type { Memberships } from '../memberships/memberships.js';
import { BLUEPRINTS, MEMBERSHIPS } from '../tokens.js';
import {
  AssignmentParams,
  BlueprintAnswer,
  BlueprintListAnswer,
  BlueprintParams,
  NameBody,
} from './blueprints.bodies.js';
import type { Blueprints } from './blueprints.js';
import { accepted, noSuchBlueprint } from './problems.js';

const IF_MATCH = { name: 'If-Match', required: true, description: 'The ETag that was read.' };

@ApiTags('blueprints')
@ApiBearerAuth()
@Controller('api/blueprints')
export class BlueprintsController {
  constructor(
    @Inject(BLUEPRINTS) private readonly blueprints: Blueprints,
    @Inject(MEMBERSHIPS) private readonly memberships: Memberships,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: PreviewConfig,
  ) {}

  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: BlueprintListAnswer })
  async list(): Promise<BlueprintListAnswer> {
    return { items: await this.blueprints.list() };
  }

  @Get(':blueprintId')
  @Role('viewer')
  @ApiOkResponse({ type: BlueprintAnswer })
  get(
    @Param(new Parse(BlueprintParams)) { blueprintId }: BlueprintParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BlueprintAnswer> {
    return this.answer(blueprintId, reply);
  }

  @Post()
  @Role('admin')
  @ApiBody({ type: NameBody })
  @ApiCreatedResponse({ type: BlueprintAnswer })
  async create(
    @Body(new Parse(NameBody)) { name }: NameBody,
    @RequestContext() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BlueprintAnswer> {
    // The same idempotency key names the same Blueprint, so that a repeat is answered with it.
    const blueprintId = context.once ? reactionId(context.once.messageId, 'blueprint') : this.ids.next();
    const nameHolder = await this.blueprints.nameHolder(name);
    accepted(await this.blueprints.handle({ type: 'CreateBlueprint', blueprintId, name, nameHolder }, context));
    void reply.header('location', `/api/blueprints/${blueprintId}`);
    return this.answer(blueprintId, reply);
  }

  @Patch(':blueprintId')
  @Role('admin')
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: NameBody })
  @ApiOkResponse({ type: BlueprintAnswer })
  async rename(
    @Param(new Parse(BlueprintParams)) { blueprintId }: BlueprintParams,
    @IfMatch() expected: bigint,
    @Body(new Parse(NameBody)) { name }: NameBody,
    @RequestContext() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BlueprintAnswer> {
    const nameHolder = await this.blueprints.nameHolder(name);
    const input = { type: 'RenameBlueprint', blueprintId, name, nameHolder } as const;
    accepted(await this.blueprints.handle(input, { ...context, expected }));
    return this.answer(blueprintId, reply);
  }

  /** Removes a Blueprint that no Mac is in. */
  @Delete(':blueprintId')
  @Role('admin')
  @HttpCode(204)
  @ApiHeader(IF_MATCH)
  @ApiNoContentResponse()
  async remove(
    @Param(new Parse(BlueprintParams)) { blueprintId }: BlueprintParams,
    @IfMatch() expected: bigint,
    @RequestContext() context: RequestContext,
  ): Promise<void> {
    const devices = await this.blueprints.devicesIn(blueprintId);
    accepted(await this.blueprints.handle({ type: 'RemoveBlueprint', blueprintId, devices }, { ...context, expected }));
    await this.memberships.evacuate(blueprintId, context);
  }

  /**
   * Assigns a Library item (S52, S56): it applies to every Mac in the Blueprint. Doing it again changes nothing. Takes the
   * token of the preview that said to which Macs it does what (X4).
   */
  @Put(':blueprintId/items/:itemId')
  @Role('admin')
  @ApiHeader(PREVIEW_TOKEN)
  @ApiHeader(PREVIEW_CONFIRM)
  @ApiOkResponse({ type: BlueprintAnswer })
  async assign(
    @Param(new Parse(AssignmentParams)) { blueprintId, itemId }: AssignmentParams,
    @PreviewOfSave() preview: Presented,
    @RequestContext() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BlueprintAnswer> {
    // Of what changes nothing, as a repeat, no preview could say anything.
    if (!(await this.blueprints.read(blueprintId))?.items.includes(itemId)) {
      const change = { kind: 'assignment', values: { blueprintId, itemId } } as const;
      requirePreview(this.config.PREVIEW_KEY, preview, change, this.clock.real.now());
    }
    accepted(await this.blueprints.handle({ type: 'AssignItem', blueprintId, itemId }, context));
    return this.answer(blueprintId, reply);
  }

  @Delete(':blueprintId/items/:itemId')
  @Role('admin')
  @ApiOkResponse({ type: BlueprintAnswer })
  async unassign(
    @Param(new Parse(AssignmentParams)) { blueprintId, itemId }: AssignmentParams,
    @RequestContext() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BlueprintAnswer> {
    accepted(await this.blueprints.handle({ type: 'UnassignItem', blueprintId, itemId }, context));
    return this.answer(blueprintId, reply);
  }

  private async answer(blueprintId: string, reply: FastifyReply): Promise<BlueprintAnswer> {
    const blueprint = await this.blueprints.read(blueprintId);
    if (!blueprint) throw noSuchBlueprint();
    void reply.header('etag', etag(BigInt(blueprint.revision)));
    return blueprint;
  }
}
