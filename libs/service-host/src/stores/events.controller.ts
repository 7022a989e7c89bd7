import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOkResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { isPublic } from '@managed-os/event-bus';
import type { PgEventStore, StoredEvent } from '@managed-os/event-store';
import type { FastifyReply } from 'fastify';
import { May, Role, roleMissing } from '../access.js';
import { Parse } from '../parse.js';
import type { ServiceDefinition } from '../service-definition.js';
import { EVENT_STORE } from '../tokens.js';
import { cloudEventOf } from './cloud-event.js';
import { EventAnswer, EventListAnswer, EventsQuery } from './events.bodies.js';
import { NDJSON, streamLines } from './ndjson.js';
import { pageOf } from './paging.js';
import { OWNER, STOPPING } from './tokens.js';

const PAGE = 1_000;

@ApiTags('events')
@ApiBearerAuth()
@Controller('events')
export class EventsController {
  constructor(
    @Inject(OWNER) private readonly owner: Pick<ServiceDefinition, 'context'>,
    @Inject(EVENT_STORE) private readonly store: Pick<PgEventStore<never>, 'readEvents' | 'lastPosition' | 'epoch'>,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
  ) {}

  /**
   * The events after a position, in the order of the whole store: how a subscriber catches up that was away for longer than
   * the bus keeps. A page of them, or with `Accept: application/x-ndjson` all up to the end of the log, one a line.
   */
  @Get()
  @Role('viewer')
  @ApiExtraModels(EventListAnswer, EventAnswer)
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(EventListAnswer) } },
      [NDJSON]: { schema: { $ref: getSchemaPath(EventAnswer) } },
    },
  })
  async events(
    @Query(new Parse(EventsQuery)) query: EventsQuery,
    @Headers('accept') accept: string | undefined,
    @May('operator') mayOperate: boolean,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (query.internal === 'true' && !mayOperate) throw roleMissing('operator');
    if (accept?.includes(NDJSON)) return this.stream(query, reply);
    await reply.send(await this.page(query));
  }

  private async page({ after, limit, stream, internal }: EventsQuery): Promise<EventListAnswer> {
    const source = await this.source();
    const { items, next } = pageOf(
      await this.store.readEvents(BigInt(after), limit + 1, stream),
      limit,
      ({ position }) => String(position),
    );
    return { items: items.filter(shown(internal)).map((event) => cloudEventOf(event, source)), next };
  }

  private async stream({ after, stream, internal }: EventsQuery, reply: FastifyReply): Promise<void> {
    const [source, head] = [await this.source(), await this.store.lastPosition()];
    streamLines(reply, this.stopping, async (write) => {
      for (let from = BigInt(after); from < head;) {
        const events = await this.store.readEvents(from, PAGE, stream);
        await write(...events.filter(shown(internal)).map((event) => cloudEventOf(event, source)));
        from = events.length < PAGE ? head : (events.at(-1)?.position ?? head);
      }
    });
  }

  private async source(): Promise<string> {
    return `mos://${this.owner.context.name}/${await this.store.epoch()}`;
  }
}

const shown =
  (internal: string) =>
  ({ type }: StoredEvent): boolean =>
    internal === 'true' || isPublic(type);
