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
import { compareVersions, type Ids, reactionId, type Rejected } from '@managed-os/kernel';
import { DATABASE, etag, IDS, IfMatch, Parse, Problem, RequestContext, Role } from '@managed-os/service-host';
import type { FastifyReply } from 'fastify';
import type { Kysely } from 'kysely';
import { EnforcementBody, enforcementOf } from '../enforcement/enforcement.body.js';
import { viewOf } from '../enforcement/enforcement.js';
import { defaultNameOf } from '../operating-systems.js';
import { ITEMS } from '../tokens.js';
import { ItemAnswer, ItemListAnswer, ItemParams, NewItemBody, RenameItemBody } from './items.bodies.js';
import type { Items } from './items.js';
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
  ) {}

  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: ItemListAnswer })
  async list(): Promise<ItemListAnswer> {
    const rows = await this.db.selectFrom('items').selectAll().execute();
    const items = rows.map(({ item_id: id, os, name, enforcement, revision }) => ({
      id,
      os,
      name,
      enforcement: enforcement && viewOf(enforcement),
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

  /** Saves how the versions of this item are enforced; it is in force from then on (S57 to S70). */
  @Put(':itemId/enforcement')
  @Role('admin')
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: EnforcementBody })
  @ApiOkResponse({ type: ItemAnswer })
  async configure(
    @Param(new Parse(ItemParams)) { itemId }: ItemParams,
    @IfMatch() expected: bigint,
    @Body(new Parse(EnforcementBody)) body: EnforcementBody,
    @RequestContext() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ItemAnswer> {
    const input = { type: 'ConfigureEnforcement', enforcement: enforcementOf(body) } as const;
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

  private async answer(itemId: string, reply: FastifyReply): Promise<ItemAnswer> {
    const item = await this.items.read(itemId);
    if (!item) throw problems['no-such-item']({});
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
};

const accepted = (handled: Handled<LibraryEvent, ItemRejection>): void => {
  if (handled.kind === 'rejected') throw problems[handled.reason](handled.facts);
};
