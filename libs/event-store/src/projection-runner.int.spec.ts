import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LibraryEvent } from '@managed-os/contracts';
import { SystemClock } from '@managed-os/kernel';
import { eventually } from '@managed-os/kernel/testing';
import type { Kysely } from 'kysely';
import type { PgEventStore } from './pg-event-store.js';
import { defineProjection, type Projection } from './projection.js';
import { ProjectionRunner, type ProjectionRunnerOptions } from './projection-runner.js';
import { added, append, message, newStream, once, renamed } from './testing/contract/given.js';
import { PgFixture } from './testing/pg-fixture.js';

interface Tables {
  seen: { position: string; what: string };
}

const { real } = new SystemClock();

/** Notes each event and message in order; `what` changes with the version. */
const seen = (version = 1, before: (what: string) => Promise<void> | void = () => undefined): Projection => {
  const note =
    (what: string) =>
    async (_: unknown, tx: Kysely<Tables>, { position }: { position: bigint }) => {
      await before(what);
      return tx.insertInto('seen').values({ position: String(position), what: `${what} v${version}` });
    };
  return defineProjection<LibraryEvent, Tables>()({
    name: 'seen',
    version,
    tables: ['seen'],
    handlers: {
      ItemAdded: note('added'),
      ItemRenamed: note('renamed'),
      EnforcementConfigured: 'ignored',
      ItemRemoved: 'ignored',
      ReleaseWindowOverridden: 'ignored',
      ReleaseWindowRestored: 'ignored',
    },
    inbox: {
      consumer: 'library',
      handlers: {
        ReleaseAnnounced: (event, tx) => tx.insertInto('seen').values({ position: '0', what: event.version }),
      },
    },
  });
};

describe('projections', () => {
  let fixture: PgFixture;
  let store: PgEventStore<LibraryEvent>;
  const logged: string[] = [];
  const log = {
    info: (_: object, text: string) => void logged.push(text),
    warn: () => undefined,
    error: (_: object, text: string) => void logged.push(text),
  };

  beforeEach(async () => {
    fixture = await PgFixture.open();
    logged.length = 0;
    await fixture.owner.query(
      `create table seen (position bigint, what text); grant all on seen to ${fixture.database.role}`,
    );
    store = fixture.store();
  });
  afterEach(() => fixture.close());

  const start = (projection: Projection, by: ProjectionRunnerOptions['store'] = store): ProjectionRunner => {
    const { databaseUrl, schema } = fixture.database;
    const runner = new ProjectionRunner({ store: by, databaseUrl, schema, projections: [projection], real, log });
    runner.start();
    fixture.onClose(() => runner.stop());
    return runner;
  };
  const rows = async (): Promise<readonly string[]> =>
    (await fixture.owner.query('select what from seen order by ctid')).rows.map((r) => r.what);
  const positions = async (): Promise<readonly number[]> =>
    (await fixture.owner.query('select position::int from seen order by position')).rows.map((r) => r.position);
  const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, index) => index + 1);
  const many = (n: number): Promise<unknown> => Promise.all(Array.from({ length: n }, () => store.append(append())));

  it('folds what is there and what comes, each event once and in order', async () => {
    await many(20);
    const runner = start(seen());
    await runner.caughtUp();
    expect(await positions()).toEqual(upTo(20));
    for (let n = 0; n < 5; n++) {
      await many(7);
      await runner.caughtUp();
    }
    expect(await positions()).toEqual(upTo(55));
  });

  it('goes on where it stopped', async () => {
    await many(5);
    const first = start(seen());
    await first.caughtUp();
    await first.stop();
    await many(5);
    await start(seen()).caughtUp();
    expect(await positions()).toEqual(upTo(10));
  });

  it('reads many pages', async () => {
    await store.append(append({ events: Array.from({ length: 1_234 }, () => added()) }));
    await start(seen()).caughtUp();
    expect(await positions()).toEqual(upTo(1_234));
  });

  describe('that looks up and writes back once for many events', () => {
    /** How many events each stream has; a row that a stream may not have is refused. */
    const counted = (asked: number[], refuse: (stream: string) => boolean = () => false): Projection => {
      const count = (
        _: unknown,
        __: unknown,
        { subject }: { subject: string },
        found: Map<string, number>,
      ): undefined => void found.set(subject, (found.get(subject) ?? 0) + 1);
      return defineProjection<LibraryEvent, Tables>()({
        name: 'counted',
        version: 1,
        tables: ['seen'],
        lookUp: async (events, tx) => {
          asked.push(events.length);
          const rows = await tx.selectFrom('seen').selectAll().execute();
          return new Map(rows.map(({ what, position }) => [what, Number(position)]));
        },
        writeBack: (found, tx) => [
          tx.deleteFrom('seen'),
          ...[...found].map(([what, position]) =>
            tx.insertInto('seen').values({ what, position: refuse(what) ? 'no number' : String(position) }),
          ),
        ],
        handlers: {
          ItemAdded: count,
          ItemRenamed: count,
          EnforcementConfigured: 'ignored',
          ItemRemoved: 'ignored',
          ReleaseWindowOverridden: 'ignored',
          ReleaseWindowRestored: 'ignored',
        },
      });
    };

    it('hands each handler what those before it left, and asks once per page', async () => {
      const stream = newStream();
      await store.append(append({ stream, events: Array.from({ length: 1_200 }, () => added()) }));
      await store.append(append({ events: [added(), added()] }));
      const asked: number[] = [];
      await start(counted(asked)).caughtUp();
      expect(asked).toEqual([1_000, 202]);
      expect(await positions()).toEqual([2, 1_200]);
      expect(await rows()).toContain(stream);
    });

    it('what is refused of it stops the projection at the event that leads to it; what came before is kept', async () => {
      const [good, bad] = [newStream(), newStream()];
      for (const stream of [good, bad, good])
        await store.append(append({ stream, expected: 'any', events: [added()] }));
      const runner = start(counted([], (stream) => stream === bad));
      await eventually(async () => (await positions()).length === 1);
      await expect(runner.caughtUp()).rejects.toMatchObject({ name: 'ProjectionFailed', position: 2n });
      expect(await rows()).toEqual([good]);
      expect(await positions()).toEqual([1]);
    });
  });

  it('is caught up when nothing at the end of the log concerns it', async () => {
    await store.append(append({ once: once('other') }));
    await store.append(append({ events: [], once: once('other') }));
    await start(seen()).caughtUp();
    expect(await positions()).toEqual([2]);
  });

  it("folds the inbox that it names in one order with the service's own events", async () => {
    const envelope = { ...message('12.6') };
    const release = {
      ...envelope,
      data: {
        ...envelope.data,
        build: '21G115',
        os: '12',
        kind: 'minor',
        released: '2022-09-12',
        firstSeen: '2022-09-12T17:00:00Z',
        supportedDevices: [],
        allDevices: true,
        installer: false,
        comboPackage: false,
      },
    };
    await store.append(append({ events: [added()] }));
    await store.append(append({ events: [], once: once('library', envelope.id, { envelope: release }) }));
    await store.append(append({ events: [], once: once('foreign', envelope.id, { envelope: release }) }));
    await store.append(append({ events: [renamed('x')] }));
    await start(seen()).caughtUp();
    expect(await rows()).toEqual(['added v1', '12.6', 'renamed v1']);
  });

  it('a new version rebuilds from the first position; readers see the old rows until the new ones are complete', async () => {
    await many(700);
    const old = start(seen(1));
    await old.caughtUp();
    await old.stop();
    let rebuilding = 0;
    const runner = start(
      seen(2, async () => {
        rebuilding += 1;
        if (rebuilding === 600) expect(new Set(await rows())).toEqual(new Set(['added v1']));
      }),
    );
    await runner.caughtUp();
    await many(3);
    await runner.caughtUp();
    expect(await positions()).toEqual(upTo(703));
    expect(new Set(await rows())).toEqual(new Set(['added v2']));
    expect(logged).toEqual(['rebuilding a projection', 'rebuilt a projection']);
  });

  it('rebuilds while events arrive', async () => {
    await many(300);
    const old = start(seen(1));
    await old.caughtUp();
    await old.stop();
    const arriving = (async () => {
      for (let n = 0; n < 20; n++) await many(5);
    })();
    const runner = start(seen(2));
    await arriving;
    await runner.caughtUp();
    expect(await positions()).toEqual(upTo(400));
  });

  it('of several replicas one runs it; another takes over when that one stops', async () => {
    const runners = [1, 2, 3].map(() => start(seen(), fixture.store()));
    while (runners.length > 0) {
      await many(30);
      await Promise.all(runners.map((runner) => runner.caughtUp()));
      await runners.shift()?.stop();
    }
    expect(await positions()).toEqual(upTo(90));
  });

  it('a runner that lost its lease without hearing of it is overtaken, and no row is written twice', async () => {
    await many(10);
    // Two that both believe they are alone.
    const blind = {
      readLog: store.readLog.bind(store),
      changed: store.changed.bind(store),
      lastPosition: store.lastPosition.bind(store),
      archivedTo: store.archivedTo.bind(store),
    };
    const lease = () => Promise.resolve({ lost: new AbortController().signal, release: () => Promise.resolve() });
    const runners = [1, 2, 3].map(() => start(seen(), { ...blind, lease }));
    for (let n = 0; n < 10; n++) await many(4);
    await Promise.all(runners.map((runner) => runner.caughtUp()));
    expect(await positions()).toEqual(upTo(50));
  });

  it('goes on after every connection was killed', async () => {
    const runner = start(seen());
    for (let n = 0; n < 3; n++) {
      await store.append(append()).catch(() => undefined);
      await fixture.owner.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and datname = current_database()',
        [fixture.database.role],
      );
    }
    const stream = newStream();
    while ((await store.append(append({ stream, expected: 'no-stream' })).catch(() => undefined)) === undefined);
    const settled = async (): Promise<void> => runner.caughtUp().catch(() => settled());
    await settled();
    const all = await positions();
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(Number(await store.lastPosition().catch(() => store.lastPosition())));
  });

  it('an event that cannot be folded holds the projection there, what comes before it is kept, and it goes on when it can', async () => {
    let broken = true;
    const projection = seen(1, (what) => {
      if (broken && what === 'renamed') throw new Error('no');
    });
    await many(10);
    await store.append(append({ events: [renamed('poison')] }));
    await many(5);
    const runner = start(projection);
    await expect(runner.caughtUp()).rejects.toMatchObject({
      code: 'projection-failed',
      position: 11n,
      projection: 'seen',
    });
    expect(await positions()).toEqual(upTo(10));
    expect(logged.filter((line) => line.startsWith('a projection failed'))).toHaveLength(1);
    broken = false;
    while ((await positions()).length < 16);
    await runner.caughtUp();
    expect(await positions()).toEqual(upTo(16));
  });
});
