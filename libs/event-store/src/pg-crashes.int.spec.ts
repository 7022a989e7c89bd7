import { afterEach, describe, expect, it } from '@jest/globals';
import { realTime } from '@managed-os/kernel';
import { newStream, readAll } from './testing/contract/given.js';
import { expectWritten, trail } from './testing/contract/trail.js';
import { type Answer, write, WRITER, type Writing } from './testing/contract/writing.js';
import { libraryStore } from './testing/library-store.js';
import { PgFixture } from './testing/pg-fixture.js';
import { startTestPostgres } from './testing/pg-server.js';
import { createTestDatabase } from './testing/test-database.js';
import { WriterProcess } from './testing/writer-process.js';

const writing: Writing = {
  writers: Array.from({ length: 16 }, (_, n) => `writer ${n}`),
  each: 30,
  streams: Array.from({ length: 20 }, newStream),
};

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
const PATIENCE = 120_000;
const keyOf = ({ writer, n }: Answer): string => `${writer} ${n}`;

describe('a writer process that is killed and begins again, with the same ids', () => {
  const open = async (): Promise<PgFixture> => {
    const fixture = await PgFixture.open();
    closing.push(() => fixture.close());
    return fixture;
  };

  it(
    'does everything exactly once, wherever it was when it was killed',
    async () => {
      const fixture = await open();
      const reader = trail(fixture.store());
      const told: Answer[] = [];
      // So many answers each life hears; what is under way at that moment is different each time.
      for (const answers of [1, 50, 200]) {
        const process = await WriterProcess.start(fixture.database);
        process.write(writing);
        await process.told(answers);
        await process.kill();
        told.push(...process.answers);
      }
      const last = await WriterProcess.start(fixture.database);
      last.write(writing);
      await last.end();
      told.push(...last.answers);

      expectWritten(await reader.end(), writing);
      // Nobody is told `done` twice; what was done and never told is a duplicate from the first time on.
      const done = told.filter((answer) => answer.kind === 'done').map(keyOf);
      expect(new Set(done).size).toBe(done.length);
      expect(new Set(told.map(keyOf)).size).toBe(16 * 30);
    },
    PATIENCE,
  );

  it(
    'and also what the database did after it was gone',
    async () => {
      const fixture = await open();
      const lock = `hashtextextended('append to library', 0)`;
      await fixture.owner.query(`select pg_advisory_lock(${lock})`);
      const killed = await WriterProcess.start(fixture.database);
      killed.write(writing);
      const waiting = async (): Promise<boolean> =>
        (
          await fixture.owner.query(
            `select from pg_stat_activity where usename = $1 and datname = current_database() and wait_event = 'advisory'`,
            [fixture.database.role],
          )
        ).rowCount === 1;
      while (!(await waiting()));
      await killed.kill();
      expect(killed.answers).toEqual([]);
      await fixture.owner.query(`select pg_advisory_unlock(${lock})`);
      const store = fixture.store();
      while ((await store.lastPosition()) === 0n);

      const next = await WriterProcess.start(fixture.database);
      next.write(writing);
      await next.end();
      const firsts = next.answers.filter((answer) => answer.n === 0);
      expect(firsts.map((answer) => answer.kind)).toEqual(firsts.map(() => 'duplicate'));
      expectWritten(await readAll(store, [WRITER], 500), writing);
    },
    PATIENCE,
  );
});

describe('a server that is killed and starts again', () => {
  it(
    'has all that it said was done; what it did not answer is repeated, and nothing is there twice',
    async () => {
      const server = await startTestPostgres();
      closing.push(() => server.remove());
      const { databaseUrl, schema } = await createTestDatabase({ schema: 'library', server: server.url });
      expect(await server.ask(`current_setting('fsync')`)).toBe('on');
      const store = libraryStore({ databaseUrl, schema });
      closing.push(() => store.close());

      const answers: Answer[] = [];
      const reader = trail(store, () => true);
      const written = write(store, writing, (answer) => answers.push(answer));
      const answered = (kind: Answer['kind']): readonly Answer[] => answers.filter((answer) => answer.kind === kind);
      for (const doneBefore of [80, 240]) {
        while (answered('done').length < doneBefore) await realTime.sleep(1);
        await server.kill();
        const done = answered('done');
        await server.start();
        const kept = new Set(
          (await readAll(store, [], 500)).map(({ envelope: { data } }) => 'name' in data && data.name),
        );
        expect(done.filter((answer) => !kept.has(keyOf(answer)))).toEqual([]);
      }
      await written;
      expectWritten(await reader.end(), writing);
      expect(answered('unknown').length).toBeGreaterThan(0);
      expect(answered('done').length + answered('duplicate').length).toBe(16 * 30);
    },
    PATIENCE,
  );
});
