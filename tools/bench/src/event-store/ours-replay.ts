import { deadlines, type DeadlinesEvent } from '@managed-os/contracts';
import { PgEventStore } from '@managed-os/event-store';
import { realTime } from '@managed-os/kernel';
import type { Open, Round } from '../contestant.js';
import { createStoreDatabase } from '../database.js';
import { fill } from './fill.js';

const PAGE = 1_000;
const MACS = 1_000;

type Store = PgEventStore<DeadlinesEvent>;
interface Read {
  readonly position: bigint;
}

/** Pages in order, the next one on its way while this one is folded. */
const replay = async <E extends Read>(
  read: (after: bigint) => Promise<readonly E[]>,
  fold: (entry: E) => void,
): Promise<Round> => {
  const began = realTime.elapsed();
  const before = process.memoryUsage.rss();
  let [count, most] = [0, before];
  let page = await read(0n);
  while (page.length > 0) {
    const last = page.at(-1)?.position ?? 0n;
    const next = read(last);
    for (const entry of page) fold(entry);
    count += page.length;
    if (count % 50_000 < PAGE) most = Math.max(most, process.memoryUsage.rss());
    page = await next;
  }
  const megabytes = (bytes: number): number => Math.round(bytes / 1_048_576);
  const facts = {
    'rss before': megabytes(before),
    'rss most': megabytes(most),
    'rss after': megabytes(process.memoryUsage.rss()),
  };
  return { count, millis: realTime.elapsed() - began, facts };
};

const openReplay =
  (name: string, run: (store: Store) => Promise<Round>): Open =>
  async (place, load) => {
    const database = await createStoreDatabase(place, name, 'deadlines');
    await fill(database, load.events, MACS);
    const store: Store = new PgEventStore({
      databaseUrl: database.serviceUrl,
      schema: database.schema,
      context: deadlines,
      clockReal: realTime,
    });
    return {
      round: () => run(store),
      async close() {
        await store.close();
        await database.drop();
      },
    };
  };

export const openReadEvents = openReplay('ours_read_events', (store) => {
  let bytes = 0;
  return replay(
    (after) => store.readEvents(after, PAGE),
    ({ data }) => void (bytes += Object.keys(JSON.parse(data) as object).length),
  );
});

export const openReadLog = openReplay('ours_read_log', (store) => {
  let fields = 0;
  return replay(
    (after) => store.readLog(after, PAGE),
    ({ envelope }) => void (fields += Object.keys(envelope.data).length),
  );
});

export const openStream: Open = async (place, load) => {
  const database = await createStoreDatabase(place, 'ours_stream', 'deadlines');
  await fill(database, load.events * 20, 20);
  const store: Store = new PgEventStore({
    databaseUrl: database.serviceUrl,
    schema: database.schema,
    context: deadlines,
    clockReal: realTime,
  });
  const counter = { initial: 0, evolve: (state: number) => state + 1 };
  return {
    async round() {
      const times: number[] = [];
      for (let i = 0; i < 20; i++) {
        const began = realTime.elapsed();
        const { state } = await store.load(`obligations-00000000-0000-4000-8000-${String(i.toString(16)).padStart(12, '0')}`, counter);
        times.push(realTime.elapsed() - began);
        if (state !== load.events) throw new Error(`folded ${state}`);
      }
      const sum = times.reduce((a, b) => a + b, 0);
      return { count: 20, millis: sum, p50: times.toSorted((a, b) => a - b)[10] ?? NaN, p99: Math.max(...times) };
    },
    async close() {
      await store.close();
      await database.drop();
    },
  };
};
