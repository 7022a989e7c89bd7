import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { capturedAt } from '@managed-os/apple-mdm';
import type { Clock } from '@managed-os/kernel';
import type { Capture, FeedSource } from './feed-source.js';

/** How often, in real time, the folder is looked at for files that came later. */
const LOOK_MS = 2_000;

/** A folder of captures: each counts from the instant in its name, in their order, as the clock reaches it. */
export const feedFiles = (folder: string, clock: Clock): FeedSource => ({
  name: 'files',
  async next({ after, signal }) {
    while (!signal.aborted) {
      const next = await firstAfter(folder, after);
      if (next && next.seen <= clock.now()) return next.read();
      const over = new AbortController();
      const pause = AbortSignal.any([signal, over.signal]);
      const waits = [clock.real.sleep(LOOK_MS, pause), ...(next ? [clock.sleepUntil(next.seen, pause)] : [])];
      await Promise.race(waits);
      over.abort();
    }
    return undefined;
  },
});

const firstAfter = async (folder: string, after: string) => {
  const captures = (await readdir(folder)).flatMap((name) => {
    const seen = capturedAt(name);
    return seen !== undefined && seen > after ? [{ name, seen }] : [];
  });
  const [first] = captures.sort((a, b) => (a.seen < b.seen ? -1 : a.seen > b.seen ? 1 : a.name < b.name ? -1 : 1));
  return (
    first && {
      seen: first.seen,
      read: async (): Promise<Capture> => ({ ...first, bytes: await readFile(path.join(folder, first.name)) }),
    }
  );
};
