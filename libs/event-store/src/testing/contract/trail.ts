import { expect } from '@jest/globals';
import { realTime } from '@managed-os/kernel';
import type { LogEntry } from '../../event-store.js';
import type { LibraryStore } from './given.js';
import { isMessage, nameOf, WRITER, type Writing } from './writing.js';

export interface Trail {
  /** What was read so far. */
  readonly entries: readonly LogEntry[];
  /** Reads on to the end of the log, and gives everything that was read. */
  end(): Promise<readonly LogEntry[]>;
}

/** Reads a log behind its writers, from the beginning on, as a projection does. `forgive`: errors after which it reads again. */
export const trail = (store: LibraryStore, forgive: (error: unknown) => boolean = () => false): Trail => {
  const entries: LogEntry[] = [];
  let ending = false;
  const page = async (): Promise<readonly LogEntry[]> => {
    for (;;) {
      try {
        return await store.readLog(entries.at(-1)?.position ?? 0n, 25, [WRITER]);
      } catch (error) {
        if (!forgive(error)) throw error;
        await realTime.sleep(10);
      }
    }
  };
  const reading = (async () => {
    for (let last = false; ;) {
      const read = await page();
      entries.push(...read);
      if (read.length > 0) continue;
      if (last) return;
      last = ending;
      await realTime.sleep(2); // leaves the machine to the writers
    }
  })();
  reading.catch(() => undefined); // told to whoever ends it
  return {
    entries,
    async end() {
      ending = true;
      await reading;
      return entries;
    },
  };
};

/**
 * That a log holds these writings and nothing else: each append once and in its writer's order, no position, revision or
 * message missing or twice, time never backwards.
 */
export const expectWritten = (entries: readonly LogEntry[], ...writings: readonly Writing[]): void => {
  expect(entries.map((entry) => entry.position)).toEqual(entries.map((_, n) => BigInt(n + 1)));
  const events = entries.filter((entry) => entry.inbox === undefined).map((entry) => entry.envelope);
  const named = new Map<string, string[]>();
  const revisions = new Map<string, bigint[]>();
  for (const { data, subject, revision } of events) {
    const name = 'name' in data ? String(data.name) : '';
    push(named, name.slice(0, name.lastIndexOf(' ')), name);
    push(revisions, subject, revision);
  }
  const planned = writings.flatMap(({ writers, each }) =>
    writers.map((writer) => [writer, numbers(each).map((n) => nameOf(writer, n))] as const),
  );
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(planned));
  for (const [, of] of revisions) expect(of).toEqual(of.map((_, n) => BigInt(n + 1)));

  const messages = entries.filter((entry) => entry.inbox !== undefined).map((entry) => entry.envelope.id);
  expect(new Set(messages).size).toBe(messages.length);
  const perWriter = (each: number): number => numbers(each).filter(isMessage).length;
  expect(messages).toHaveLength(writings.reduce((sum, { writers, each }) => sum + writers.length * perWriter(each), 0));

  const times = events.map((event) => event.time);
  expect(times).toEqual(times.toSorted());
};

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
};
