import { afterEach, beforeEach, expect } from '@jest/globals';
import type { LibraryEvent } from '@managed-os/contracts';
import { SystemClock } from '@managed-os/kernel';
import type { Kysely } from 'kysely';
import type { PgEventStore } from '../pg-event-store.js';
import { defineProjection, type Projection } from '../projection.js';
import { ProjectionRunner, type ProjectionRunnerOptions } from '../projection-runner.js';
import type { ProjectionStatus } from '../projection-status.js';
import type { Rebuild } from '../rebuilds.js';
import { added, append } from './contract/given.js';
import { PgFixture } from './pg-fixture.js';

interface Tables {
  seen: { position: string; what: string };
}

export const { real } = new SystemClock();

/** Called for each event before it is folded, by whoever folds it. */
type Before = (what: string, position: bigint) => Promise<void> | void;

/** Notes each event and message in order. */
export const seen = (version = 1, before: Before = () => undefined): Projection => {
  const note =
    (what: string) =>
    async (_: unknown, tx: Kysely<Tables>, { position }: { position: bigint }) => {
      await before(what, position);
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
    inbox: { consumer: 'library', handlers: { ReleaseAnnounced: note('announced') } },
  });
};

/** A database per test with a read model that notes what it sees, and what the tests of its rebuilding do with it. */
export const rebuildFixture = () => {
  let fixture: PgFixture;
  let store: PgEventStore<LibraryEvent>;
  let logged: string[];

  beforeEach(async () => {
    fixture = await PgFixture.open();
    logged = [];
    await fixture.owner.query(
      `create table seen (position bigint, what text); grant all on seen to ${fixture.database.role}`,
    );
    store = fixture.store();
  });
  afterEach(() => fixture.close());

  const log = {
    info: (_: object, text: string) => void logged.push(text),
    warn: () => undefined,
    error: (_: object, text: string) => void logged.push(text),
  };
  const runnerOf = (projection: Projection, by: ProjectionRunnerOptions['store'] = store): ProjectionRunner => {
    const { databaseUrl, schema } = fixture.database;
    const runner = new ProjectionRunner({ store: by, databaseUrl, schema, projections: [projection], real, log });
    fixture.onClose(() => runner.stop());
    return runner;
  };
  const start = (projection: Projection, by: ProjectionRunnerOptions['store'] = store): ProjectionRunner => {
    const runner = runnerOf(projection, by);
    runner.start();
    return runner;
  };
  const following = async (projection: Projection): Promise<ProjectionRunner> => {
    const runner = start(projection);
    await runner.caughtUp();
    return runner;
  };
  const statusOf = async (runner: ProjectionRunner): Promise<ProjectionStatus> => {
    const [status] = await runner.list();
    if (!status) throw new Error('no projection');
    return status;
  };
  const until = async <T>(look: () => Promise<T | undefined | false>): Promise<T> => {
    for (;;) {
      const found = await look();
      if (found) return found;
      await real.sleep(2);
    }
  };
  const ended = (runner: ProjectionRunner, asked?: Rebuild): Promise<Rebuild> =>
    until(async () => {
      const { rebuild } = await statusOf(runner);
      return rebuild?.endedAt !== undefined && rebuild.id === (asked ?? rebuild).id && rebuild;
    });
  const rebuilt = async (runner: ProjectionRunner): Promise<void> =>
    expect(await ended(runner, await runner.rebuild('seen', 'user:1'))).toMatchObject({ state: 'done' });
  const rows = async (): Promise<readonly string[]> =>
    (await fixture.owner.query('select what from seen order by position')).rows.map((r) => r.what);
  const positions = async (): Promise<readonly number[]> =>
    (await fixture.owner.query('select position::int from seen order by position')).rows.map((r) => r.position);
  const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, index) => index + 1);
  const many = (n: number): Promise<unknown> =>
    store.append(append({ events: Array.from({ length: n }, () => added()) }));
  /** So that rows which were folded again can be told from those that were not. */
  const mark = (): Promise<unknown> => fixture.owner.query(`update seen set what = 'old'`);
  /** The connection on which a rebuild runs. */
  const rebuilding = (rest = ''): Promise<{ readonly pid: number }> =>
    until(
      async () =>
        (
          await fixture.owner.query<{ pid: number }>(
            `select pid from pg_stat_activity where datname = current_database() and application_name = 'rebuild seen' ${rest}`,
          )
        ).rows[0],
    );
  const terminate = (pid: number): Promise<unknown> =>
    fixture.owner.query('select pg_terminate_backend($1, 10000)', [pid]);

  return {
    get fixture() {
      return fixture;
    },
    get store() {
      return store;
    },
    /** What was logged, without warnings. */
    get logged() {
      return logged;
    },
    ...{
      runnerOf,
      start,
      following,
      statusOf,
      until,
      ended,
      rebuilt,
      rows,
      positions,
      upTo,
      many,
      mark,
      rebuilding,
      terminate,
    },
  };
};
