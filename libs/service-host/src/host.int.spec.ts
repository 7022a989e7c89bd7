import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Body, Controller, Get, Inject, Module, Param, Post } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { blueprints, type BlueprintsEvent, type Fact, subjectOf } from '@managed-os/contracts';
import { type Delivered, done, reactionOf, type Settlement } from '@managed-os/event-bus';
import { startTestNats } from '@managed-os/event-bus/testing';
import { defineProjection, type EventStore, handler } from '@managed-os/event-store';
import { createTestDatabase } from '@managed-os/event-store/testing';
import { accept, type Clock, type Decider, type Ids, realTime } from '@managed-os/kernel';
import { eventually } from '@managed-os/kernel/testing';
import { IsString, IsUUID, MinLength } from 'class-validator';
import type { Kysely } from 'kysely';
import pg from 'pg';
import { Role } from './access.js';
import type { Bus } from './bus.js';
import { createService } from './create-service.js';
import type { Loops } from './loops.js';
import { Parse } from './parse.js';
import { RequestContext } from './request-context.js';
import { ServiceConfig } from './service-config.js';
import { startTestService, type TestService } from './testing/index.js';
import { BUS, CLOCK, DATABASE, EVENT_STORE, IDS, LOOPS } from './tokens.js';

type Names = { names: { id: string; name: string } };
type Add = { readonly id: string; readonly name: string };
type Created = Fact<'BlueprintCreated'>;

const decider: Decider<Add, BlueprintsEvent, { readonly exists: boolean }> = {
  initial: { exists: false },
  decide: ({ id, name }, { exists }) =>
    exists ? accept() : accept({ type: 'BlueprintCreated', blueprintId: id, name }),
  evolve: () => ({ exists: true }),
};

const names = defineProjection<BlueprintsEvent, Names>()({
  name: 'names',
  version: 1,
  tables: ['names'],
  handlers: {
    BlueprintCreated: ({ blueprintId, name }, tx) => tx.insertInto('names').values({ id: blueprintId, name }),
    BlueprintRenamed: 'ignored',
    BlueprintRemoved: 'ignored',
    ItemAssigned: 'ignored',
    ItemUnassigned: 'ignored',
    DeviceMoved: 'ignored',
  },
});

class AddBody {
  @IsString()
  @MinLength(1)
  name!: string;
}

class IdParam {
  @IsUUID()
  id!: string;
}

/** A service in small: it creates, hears of it over the bus and writes a second stream. */
@Controller('api/small')
class SmallController {
  private readonly handle;
  ran = 0;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore<BlueprintsEvent>,
    @Inject(DATABASE) private readonly db: Kysely<Names>,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(BUS) private readonly bus: Bus,
    @Inject(LOOPS) loops: Loops,
  ) {
    this.handle = handler(store, 'small', decider);
    loops.run('counting', async (signal) => {
      this.ran += 1;
      await clock.real.sleep(3_600_000, signal);
    });
  }

  @Post()
  @Role('admin')
  async add(@Body(new Parse(AddBody)) { name }: AddBody, @RequestContext() context: RequestContext) {
    const id = context.cause.idOf(100);
    await this.handle(id, { id, name }, context);
    return { id };
  }

  @Get(':id')
  @Role('viewer')
  async get(@Param(new Parse(IdParam)) { id }: IdParam) {
    const heard = await this.store.readStream(`heard-${id}`);
    const row = await this.db.selectFrom('names').selectAll().where('id', '=', id).executeTakeFirst();
    return {
      name: row?.name ?? null,
      heard: heard.map(({ data, causationId }) => ({ ...data, causationId })),
      ran: this.ran,
    };
  }

  @Get('asked/:id')
  @Role('viewer')
  ask(@Param(new Parse(IdParam)) { id }: IdParam) {
    return this.bus.request('mos.rpc.small.echo', { id }, 1_000);
  }

  @MessagePattern('mos.rpc.small.echo')
  echo(@Payload() { id }: { id: string }) {
    return { echo: id };
  }

  @EventPattern<string>(subjectOf('BlueprintCreated'))
  async heard(@Payload() message: Delivered<Created>): Promise<Settlement> {
    const { cause, once } = reactionOf(message, 'small', this.clock);
    await this.store.append({
      stream: `heard-${message.data.blueprintId}`,
      expected: 'any',
      events: [{ type: 'ItemAssigned', blueprintId: message.data.blueprintId, itemId: this.ids.next() }],
      cause,
      once,
    });
    return done;
  }
}

@Module({ controllers: [SmallController] })
class SmallModule {}

const migrations = (() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'small-'));
  writeFileSync(path.join(folder, '0001_names.sql'), 'create table names (id uuid primary key, name text not null);\n');
  return pathToFileURL(`${folder}/`);
})();

const small = {
  name: 'small',
  context: blueprints,
  config: ServiceConfig,
  migrations,
  projections: [names],
  module: SmallModule,
};

describe('a hosted service, on a real PostgreSQL and a real NATS', () => {
  let test: TestService;
  beforeAll(async () => {
    test = await startTestService(small);
  });
  afterAll(() => test.close());

  const heardOf = async (id: string): Promise<Record<string, unknown>> => {
    let answer: { heard: unknown[]; name: string | null } = { heard: [], name: null };
    await eventually(async () => {
      answer = (await test.api<typeof answer>('GET', `/api/small/${id}`)).body;
      return answer.heard.length > 0 && answer.name !== null;
    }, 'hearing of it');
    return answer;
  };

  it('carries a command from HTTP to the store, a projection, the bus and its own consumer, once', async () => {
    const { status, body } = await test.api('POST', '/api/small', { name: 'Design' }, { 'idempotency-key': 'k1' });
    expect(status).toBe(201);
    const { id } = body as { id: string };
    const again = await test.api('POST', '/api/small', { name: 'Design' }, { 'idempotency-key': 'k1' });
    expect(again.body).toEqual({ id });
    const answer = await heardOf(id);
    expect(answer).toMatchObject({ name: 'Design', ran: 1 });
    expect(answer['heard']).toHaveLength(1);
    expect(answer['heard']).toMatchObject([{ type: 'ItemAssigned', causationId: expect.any(String) }]);
  });

  it('asks and answers over the bus', async () => {
    const id = '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11';
    expect((await test.api('GET', `/api/small/asked/${id}`)).body).toEqual({ echo: id });
  });

  it('says that it is ready', async () => {
    expect(await (await fetch(`${test.url}/health/ready`)).json()).toEqual({
      status: 'ready',
      failing: [],
      degraded: [],
    });
    expect((await fetch(`${test.url}/health/live`)).status).toBe(200);
  });

  it.each(['%', '%zz', '%E0%A4'])(
    'refuses the path %s, which cannot be decoded, as a problem of the caller',
    async (path) => {
      const answer = await fetch(`${test.url}/health/${path}`);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(await answer.json()).toMatchObject({ status: 400, code: 'malformed' });
    },
  );

  it('describes its API', async () => {
    const { body } = await test.api('GET', '/api/small/openapi.json');
    expect(body).toMatchObject({ openapi: expect.any(String), paths: { '/api/small': expect.anything() } });
  });

  it('goes on with its data after a restart', async () => {
    const { body } = await test.api('POST', '/api/small', { name: 'Kept' });
    const { id } = body as { id: string };
    await test.restart();
    expect(await heardOf(id)).toMatchObject({ name: 'Kept' });
  });
});

describe('a stopped service', () => {
  it('leaves no connection behind', async () => {
    const database = await createTestDatabase({ schema: 'small' });
    const nats = await startTestNats();
    const service = await createService(small, {
      DATABASE_URL: database.databaseUrl,
      MIGRATION_DATABASE_URL: database.ownerUrl,
      NATS_URL: nats.url,
      LOG_LEVEL: 'silent',
    });
    const client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
    const others = async (): Promise<number> => {
      const { rows } = await client.query<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
      );
      return rows[0]?.n ?? -1;
    };
    expect(await others()).toBeGreaterThan(0);
    await service.close();
    await service.close();
    // A server process ends a moment after its client has gone.
    await eventually(async () => (await others()) === 0, 'the end of every connection');
    await client.end();
    await nats.stop();
    await database.drop();
  });
});

describe('a handler that does not come to an end', () => {
  it('holds a shutdown up for SHUTDOWN_BUDGET_MS and no longer', async () => {
    let began: () => void = () => undefined;
    const handling = new Promise<void>((resolve) => (began = resolve));
    @Controller()
    class Hanging {
      @EventPattern<string>(subjectOf('BlueprintCreated'))
      heard(): Promise<Settlement> {
        began();
        return new Promise(() => undefined);
      }
    }
    @Module({ controllers: [Hanging] })
    class HangingModule {}
    const service = await startTestService(
      { ...small, module: HangingModule },
      { env: { SHUTDOWN_BUDGET_MS: '200', LOG_LEVEL: 'silent' } },
    );
    const store = service.app.get<EventStore<BlueprintsEvent>>(EVENT_STORE);
    const blueprintId = '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f12';
    await handler(store, 'small', decider)(
      blueprintId,
      { id: blueprintId, name: 'Slow' },
      { cause: { correlationId: blueprintId, actor: 'test', time: realTime.now(), idOf: () => blueprintId } },
    );
    await handling;
    const from = realTime.elapsed();
    await service.close();
    expect(realTime.elapsed() - from).toBeLessThan(5_000);
  });
});

describe('a service that cannot start', () => {
  it('says what is wrong and leaves nothing behind', async () => {
    await expect(createService(small, { NATS_URL: 'nats://127.0.0.1:4222' })).rejects.toThrow(
      'DATABASE_URL must be a postgres:// address',
    );
  });
});
