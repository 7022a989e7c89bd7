import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OutcomeUnknown } from './errors.js';
import { eventStoreContract, type OpenedStore } from './testing/contract/event-store.contract.js';
import { append, newId, newStream, once, renamed } from './testing/contract/given.js';
import type { Writing } from './testing/contract/writing.js';
import { PgFixture } from './testing/pg-fixture.js';
import { TcpProxy } from './testing/tcp-proxy.js';
import { writeInProcesses } from './testing/writer-process.js';

describe('PgEventStore', () => {
  let opened: Promise<OpenedStore & { empty(): Promise<void> }> | undefined;
  const open = async () => {
    const fixture = await PgFixture.open();
    return {
      store: fixture.store(),
      other: fixture.store(),
      write: (writings: readonly Writing[]) => writeInProcesses(fixture.database, writings),
      close: () => fixture.close(),
      empty: () => fixture.empty(),
    };
  };
  afterAll(async () => (await opened)?.close());

  eventStoreContract(async () => {
    opened ??= open();
    const { store, other, write, empty } = await opened;
    await empty();
    return { store, other, write, close: () => Promise.resolve() };
  });
});

describe('PgEventStore when the world breaks', () => {
  let fixture: PgFixture;
  beforeEach(async () => {
    fixture = await PgFixture.open();
  });
  afterEach(() => fixture.close());

  const behindProxy = async () => {
    const proxy = await TcpProxy.open(fixture.database.databaseUrl);
    fixture.onClose(() => proxy.close());
    return { proxy, store: fixture.store({ databaseUrl: proxy.url }) };
  };
  const committed = async (): Promise<bigint> =>
    BigInt((await fixture.owner.query('select last_position from store')).rows[0].last_position);

  it('a connection killed between append and answer: outcome unknown, and the repeat is a duplicate', async () => {
    const { proxy, store } = await behindProxy();
    await store.append(append());
    const request = append({ expected: 'no-stream', once: once() });
    proxy.cutAtNextAnswer();
    await expect(store.append(request)).rejects.toBeInstanceOf(OutcomeUnknown);
    while ((await committed()) < 3n); // the server did commit
    expect(await store.append(request)).toEqual({ kind: 'duplicate' });
    expect(await store.readStream(request.stream)).toHaveLength(1);
  });

  it('without a message the repeat of such an append meets a conflict, or its own ids', async () => {
    const { proxy, store } = await behindProxy();
    await store.append(append());
    for (const expected of ['no-stream', 'any'] as const) {
      const request = append({ expected });
      const before = await committed();
      proxy.cutAtNextAnswer();
      await expect(store.append(request)).rejects.toMatchObject({ code: 'outcome-unknown' });
      while ((await committed()) === before);
      const repeat = store.append(request);
      if (expected === 'any') await expect(repeat).rejects.toMatchObject({ reason: 'id-taken' });
      else expect(await repeat).toEqual({ kind: 'conflict' });
    }
  });

  it('a killed batch tells each of its appends, and each may be repeated', async () => {
    const { proxy, store } = await behindProxy();
    await store.append(append());
    const requests = Array.from({ length: 20 }, () => append({ once: once() }));
    proxy.cutAtNextAnswer();
    const settled = await Promise.allSettled(requests.map((request) => store.append(request)));
    expect(settled.some((s) => s.status === 'rejected')).toBe(true);
    for (const s of settled) if (s.status === 'rejected') expect(s.reason).toBeInstanceOf(OutcomeUnknown);
    while ((await committed()) < 41n);
    const repeated = await Promise.all(requests.map((request) => store.append(request)));
    expect(repeated.every((o) => o.kind === 'duplicate')).toBe(true);
  });

  it('a server that went silent is given up, and the next connection works', async () => {
    const { proxy, store } = await behindProxy();
    await store.append(append());
    const patient = fixture.store({ databaseUrl: proxy.url, answerTimeout: 300 });
    await patient.append(append());
    proxy.fallSilent();
    const request = append({ expected: 'no-stream', once: once() });
    await expect(patient.append(request)).rejects.toBeInstanceOf(OutcomeUnknown);
    expect(await fixture.store().append(request)).toEqual({ kind: 'duplicate' });
  });

  it('every connection killed by the server: errors meanwhile, then it goes on by itself', async () => {
    const store = fixture.store();
    await store.append(append());
    await fixture.owner.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and datname = current_database()',
      [fixture.database.role],
    );
    const request = append({ once: once() });
    const tries: string[] = [];
    while (tries.at(-1) !== 'done' && tries.length < 10) {
      tries.push(
        await store.append(request).then(
          (o) => o.kind,
          (error: { code: string }) => error.code,
        ),
      );
    }
    expect(tries.at(-1)).toBe('done');
    expect(await store.readStream(request.stream)).toHaveLength(1);
  });

  it('a server that became read-only is the world, not the append: nothing is refused, and it goes on afterwards', async () => {
    const store = fixture.store();
    const { role } = fixture.database;
    const name = new URL(fixture.database.ownerUrl).pathname.slice(1);
    await fixture.owner.query(`alter role ${role} in database ${name} set default_transaction_read_only = on`);
    const requests = Array.from({ length: 4 }, () => append({ once: once() }));
    const settled = await Promise.allSettled(requests.map((request) => store.append(request)));
    expect(settled.map((s) => s.status === 'rejected' && s.reason.code)).toEqual(Array(4).fill('outcome-unknown'));
    await fixture.owner.query(`alter role ${role} in database ${name} reset default_transaction_read_only`);
    expect((await Promise.all(requests.map((request) => store.append(request)))).every((o) => o.kind === 'done')).toBe(
      true,
    );
  });

  it('what goes beyond a limit of PostgreSQL is refused, alone', async () => {
    const store = fixture.store();
    const letters = Array.from({ length: 300 }, newId)
      .join('')
      .replaceAll(/[^a-f]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 60));
    const requests = [append(), append({ stream: `${letters}-x` }), append()];
    const settled = await Promise.allSettled(requests.map((request) => store.append(request)));
    expect(settled.map((s) => s.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { code: 'refused-append', reason: 'unstorable' } });
  });

  it('a wait outlives the connection it listens on', async () => {
    const store = fixture.store();
    const listening = async (): Promise<number | undefined> =>
      (
        await fixture.owner.query(`select pid from pg_stat_activity where query like 'listen%' and usename = $1`, [
          fixture.database.role,
        ])
      ).rows[0]?.pid;
    const first = store.changed();
    while (!(await listening()));
    await first;
    await fixture.owner.query('select pg_terminate_backend($1)', [await listening()]);
    const writer = fixture.store();
    for (let after = 0n; after < 3n;) {
      const changed = store.changed();
      if ((await store.lastPosition()) === after) {
        await writer.append(append());
        await changed;
      }
      after = await store.lastPosition();
    }
  });

  it('closing answers what was appended before, and leaves no connection', async () => {
    const store = fixture.store();
    void store.changed();
    await store.lease('x');
    const stream = newStream();
    const appended = Promise.all(
      Array.from({ length: 300 }, () => store.append(append({ once: once() }))).concat(
        store.append(append({ stream, events: [renamed('x')] })),
      ),
    );
    await store.close();
    expect((await appended).every((o) => o.kind === 'done')).toBe(true);
    await expect(store.append(append())).rejects.toMatchObject({ code: 'store-closed' });
    const connections = async (): Promise<string> =>
      (
        await fixture.owner.query(
          'select count(*) from pg_stat_activity where usename = $1 and datname = current_database()',
          [fixture.database.role],
        )
      ).rows[0].count;
    while ((await connections()) !== '0');
    await store.close();
  });

  it('a lease is held by one process, and by the next when that one is gone', async () => {
    const [first, second] = [fixture.store(), fixture.store()];
    const lease = await first.lease('p');
    expect(lease).toBeDefined();
    expect(await first.lease('p')).toBeUndefined();
    expect(await second.lease('p')).toBeUndefined();
    expect(await second.lease('q')).toBeDefined();
    await lease?.release();
    const next = await second.lease('p');
    expect(next?.lost.aborted).toBe(false);
    await fixture.owner.query(
      `select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
       where d.datname = current_database() and locktype = 'advisory'`,
    );
    while (!next?.lost.aborted) await fixture.owner.query('select 1');
    expect(await first.lease('p')).toBeDefined();
  });
});
