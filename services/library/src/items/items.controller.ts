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
import type { LibraryEvent } from '@managed-os/contracts';
import type { Handled } from '@managed-os/event-store';
import { type Clock, compareVersions, type Ids, reactionId, type Rejected } from '@managed-os/kernel';
import {
  CLOCK,
  CONFIG,
  DATABASE,
  etag,
  IDS,
  IfMatch,
  Parse,
  PREVIEW_CONFIRM,
  PREVIEW_TOKEN,
  type Presented,
  type PreviewConfig,
  PreviewOfSave,
  Problem,
  RequestContext,
  requirePreview,
  Role,
  type UnsavedChange,
} from '@managed-os/service-host';
import type { FastifyReply } from 'fastify';
import type { Kysely } from 'kysely';
import { EnforcementBody, enforcementOf } from '../enforcement/enforcement.body.js';
import { viewOf } from '../enforcement/enforcement.js';
import { defaultNameOf } from '../operating-systems.js';
import { ITEMS } from '../tokens.js';
import {
  ItemAnswer,
  ItemListAnswer,
  ItemParams,
  NewItemBody,
  OverrideBody,
  OverrideParams,
  RenameItemBody,
} from './items.bodies.js';
import type { Items, ItemView } from './items.js';
import type { LibraryTables } from './items.projection.js';
import type { ItemRejection } from './library-item.decider.js';

const IF_MATCH = { name: 'If-Match', required: true, description: 'The ETag that was read.' };

@ApiTags('library')
@ApiBearerAuth()
@Controller('api/library/items')
export class ItemsController {
  constructor(
    @Inject(ITEMS) private readonly items: Items,
    @Inject(DATABASE) private readonly db: Kysely<LibraryTables>,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: PreviewConfig,
  ) {}

  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: ItemListAnswer })
  async list(): Promise<ItemListAnswer> {
    const rows = await this.db.selectFrom('items').selectAll().execute();
    const items = rows.map(({ item_id: id, os, name, enforcement, overrides, revision }) => ({
      id,
      os,
      name,
      enforcement: enforcement && viewOf(enforcement),
      overrides,
      revision,
    }));
    return { items: items.toSorted((a, b) => compareVersions(a.os, b.os) || a.name.localeCompare(b.name)) };
  }

  @Get(':itemId')
  @Role('viewer')
  @ApiOkResponse({ type: ItemAnswer })
  get(
    @Param(new Parse(ItemParams)) { itemId }: ItemParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ItemAnswer> {
    return this.answer(itemId, reply);
  }

  /** Adds an operating system to the Library (S52). Nothing is in force before an enforcement is saved. */
  @Post()
  @Role('admin')
  @ApiBody({ type: NewItemBody })
  @ApiCreatedResponse({ type: ItemAnswer })
  async add(
    @Body(new Parse(NewItemBody)) { os, name }: NewItemBody,
    @RequestContext() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ItemAnswer> {
    // The same idempotency key names the same item, so that a repeat is answered with it.
    const itemId = context.once ? reactionId(context.once.messageId, 'item') : this.ids.next();
    accepted(
      await this.items.handle(itemId, { type: 'AddItem', itemId, os, name: name ?? defaultNameOf(os) }, context),
    );
    void reply.header('location', `/api/library/items/${itemId}`);
    return this.answer(itemId, reply);
  }

  @Patch(':itemId')
  @Role('admin')
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: RenameItemBody })
  @ApiOkResponse({ type: ItemAnswer })
  async rename(
    @Param(new Parse(ItemParams)) { itemId }: ItemParams,
    @IfMatch() expected: bigint,
    @Body(new Parse(RenameItemBody)) { name }: RenameItemBody,
    @RequestContext() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ItemAnswer> {
    accepted(await this.items.handle(itemId, { type: 'RenameItem', name }, { ...context, expected }));
    return this.answer(itemId, reply);
  }

  /**
   * Saves how the versions of this item are enforced; it is in force from then on (S57 to S70). Takes the token of the
   * preview that said to which Macs it does what (X4); what changes nothing, as a repeat, needs none.
   */
  @Put(':itemId/enforcement')
  @Role('admin')
  @ApiHeader(IF_MATCH)
  @ApiHeader(PREVIEW_TOKEN)
  @ApiHeader(PREVIEW_CONFIRM)
  @ApiBody({ type: EnforcementBody })
  @ApiOkResponse({ type: ItemAnswer })
  async configure(
    @Param(new Parse(ItemParams)) { itemId }: ItemParams,
    @IfMatch() expected: bigint,
    @Body(new Parse(EnforcementBody)) body: EnforcementBody,
    @PreviewOfSave() preview: Presented,
    @RequestContext() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ItemAnswer> {
    const enforcement = enforcementOf(body);
    const { os } = await this.existing(itemId);
    const input = { type: 'ConfigureEnforcement', enforcement } as const;
    if (await this.items.wouldChange(itemId, input))
      this.requirePreview(preview, 'enforcement', { itemId, os, enforcement: viewOf(enforcement) }, expected);
    accepted(await this.items.handle(itemId, input, { ...context, expected }));
    return this.answer(itemId, reply);
  }

  /** Gives one release a window of its own instead of the item's (Q40): shorter, or longer. */
  @Put(':itemId/releases/:version/window')
  @Role('admin')
  @ApiHeader(IF_MATCH)
  @ApiHeader(PREVIEW_TOKEN)
  @ApiHeader(PREVIEW_CONFIRM)
  @ApiBody({ type: OverrideBody })
  @ApiOkResponse({ type: ItemAnswer })
  async override(
    @Param(new Parse(OverrideParams)) { itemId, version }: OverrideParams,
    @IfMatch() expected: bigint,
    @Body(new Parse(OverrideBody)) { window, reason }: OverrideBody,
    @PreviewOfSave() preview: Presented,
    @RequestContext() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ItemAnswer> {
    await this.existing(itemId);
    const input = { type: 'OverrideWindow', version, window, ...(reason != null && { reason }) } as const;
    if (await this.items.wouldChange(itemId, input))
      this.requirePreview(preview, 'override', { itemId, version, window }, expected);
    accepted(await this.items.handle(itemId, input, { ...context, expected }));
    return this.answer(itemId, reply);
  }

  /** Gives a release the item's window again. */
  @Delete(':itemId/releases/:version/window')
  @Role('admin')
  @ApiHeader(IF_MATCH)
  @ApiHeader(PREVIEW_TOKEN)
  @ApiHeader(PREVIEW_CONFIRM)
  @ApiOkResponse({ type: ItemAnswer })
  async restore(
    @Param(new Parse(OverrideParams)) { itemId, version }: OverrideParams,
    @IfMatch() expected: bigint,
    @PreviewOfSave() preview: Presented,
    @RequestContext() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ItemAnswer> {
    await this.existing(itemId);
    const input = { type: 'RestoreWindow', version } as const;
    if (await this.items.wouldChange(itemId, input))
      this.requirePreview(preview, 'override', { itemId, version }, expected);
    accepted(await this.items.handle(itemId, input, { ...context, expected }));
    return this.answer(itemId, reply);
  }

  @Delete(':itemId')
  @Role('admin')
  @HttpCode(204)
  @ApiHeader(IF_MATCH)
  @ApiNoContentResponse()
  async remove(
    @Param(new Parse(ItemParams)) { itemId }: ItemParams,
    @IfMatch() expected: bigint,
    @RequestContext() context: RequestContext,
  ): Promise<void> {
    accepted(await this.items.handle(itemId, { type: 'RemoveItem' }, { ...context, expected }));
  }

  private requirePreview(
    preview: Presented,
    kind: UnsavedChange['kind'],
    values: UnsavedChange['values'],
    expected: bigint,
  ): void {
    const change = { kind, values, revision: String(expected) };
    requirePreview(this.config.PREVIEW_KEY, preview, change, this.clock.real.now());
  }

  private async existing(itemId: string): Promise<ItemView> {
    const item = await this.items.read(itemId);
    if (!item) throw problems['no-such-item']({});
    return item;
  }

  private async answer(itemId: string, reply: FastifyReply): Promise<ItemAnswer> {
    const item = await this.existing(itemId);
    void reply.header('etag', etag(BigInt(item.revision)));
    return item;
  }
}

const problems: Record<ItemRejection, (facts: Rejected<ItemRejection>['facts']) => Problem> = {
  'no-such-item': () => new Problem(404, 'no-such-item', 'The Library has no such item.'),
  'minimum-version-not-of-this-os': (facts) => {
    const detail = `minimumVersion must be a version of macOS ${String(facts['os'])}`;
    return new Problem(422, 'minimum-version-not-of-this-os', detail, {
      ...facts,
      errors: [{ pointer: '/minimumVersion', detail }],
    });
  },
  'version-not-of-this-os': (facts) =>
    new Problem(422, 'version-not-of-this-os', `version must be one of macOS ${String(facts['os'])}`, facts),
  'item-not-automatic': () =>
    new Problem(409, 'item-not-automatic', 'Only an item that enforces automatically has windows: set its mode first.'),
};

const accepted = (handled: Handled<LibraryEvent, ItemRejection>): void => {
  if (handled.kind === 'rejected') throw problems[handled.reason](handled.facts);
};
