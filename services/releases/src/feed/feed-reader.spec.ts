import { describe, expect, it } from '@jest/globals';
import { releases, type ReleasesEvent } from '@managed-os/contracts';
import { MemoryEventStore } from '@managed-os/event-store/testing';
import { type Clock, realTime } from '@managed-os/kernel';
import { eventually, ManualClock } from '@managed-os/kernel/testing';
import { Guard } from '../guard/guard.js';
import { bodyText, bytesOf, EMPTY_BODY } from '../testing/feed-bodies.js';
import { announcement, at, SETTINGS } from '../testing/played.js';
import { FeedReader } from './feed-reader.js';
import type { Asked, FeedSource } from './feed-source.js';

const GOOD = bodyText({ open: [{ version: '26.2', build: '25C56' }] });

/** Bodies, or failures, one after the other; then nothing until the end. */
const sourceOf = (...answers: readonly (string | Error)[]) => {
  const asked: Omit<Asked, 'signal'>[] = [];
  const source: FeedSource = {
    name: 'pmv',
    next({ signal, ...how }) {
      const answer = answers[asked.length];
      asked.push(how);
      if (answer instanceof Error) return Promise.reject(answer);
      if (answer === undefined)
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
      const seen = at(`2026-09-20T18:0${asked.length}Z`);
      return Promise.resolve({ name: `body ${asked.length}`, seen, bytes: bytesOf(answer) });
    },
  };
  return { asked, source };
};

const setUp = (...answers: readonly (string | Error)[]) => {
  const store = new MemoryEventStore<ReleasesEvent>({ context: releases });
  const slept: number[] = [];
  const manual = new ManualClock(at('2026-09-20T18:30Z'));
  const real = {
    ...realTime,
    sleep: (millis: number): Promise<void> => {
      slept.push(millis);
      return Promise.resolve();
    },
  };
  const clock: Clock = {
    now: () => manual.now(),
    sleepUntil: (until, signal) => manual.sleepUntil(until, signal),
    real,
  };
  const warned: string[] = [];
  const log = { warn: (_: object, message: string): void => void warned.push(message) };
  const { asked, source } = sourceOf(...answers);
  const known = [announcement('26.2', '25C56')];
  const start = () => {
    const reader = new FeedReader(source, store, known, new Guard(store, clock, SETTINGS, log), clock, log);
    const stop = new AbortController();
    const done = reader.run(stop.signal);
    return {
      reader,
      end: (): Promise<void> => {
        stop.abort();
        return done;
      },
    };
  };
  const types = async () => (await store.readLog(0n, 1_000)).map(({ envelope }) => envelope.data.type);
  return { store, slept, warned, asked, start, types };
};

describe('reading the feed', () => {
  it('X14 what the catalogue tells today is announced before the feed is believed, so that it is no question', async () => {
    const { start, types, asked } = setUp(GOOD, GOOD);
    const { reader, end } = start();
    await eventually(() => asked.length === 3, 'two bodies');
    await end();
    expect(await types()).toEqual(['ReleaseAnnounced', 'FeedChanged']);
    expect(reader.status).toEqual({ lastCapture: 'body 2', lastSeen: '2026-09-20T18:02:00.000Z', failure: undefined });
  });

  it('X14 a feed that cannot be read is told, tried again, each time later, and never taken for an empty one', async () => {
    const away = new Error('no answer');
    const { start, types, asked, slept, warned } = setUp(GOOD, away, away, away, GOOD);
    const { reader, end } = start();
    await eventually(() => asked.length === 6, 'the second body');
    await end();
    expect(slept.slice(0, 3)).toEqual([1_000, 2_000, 4_000]);
    expect(warned).toHaveLength(3);
    expect(await types()).toEqual(['ReleaseAnnounced', 'FeedChanged']);
    expect(reader.status.failure).toBeUndefined();
  });

  it('says since when it fails, and how often it was tried', async () => {
    const { start, asked } = setUp(new Error('no answer'), new Error('no answer'));
    const { reader, end } = start();
    await eventually(() => asked.length === 3, 'two failures');
    expect(reader.status).toMatchObject({ lastSeen: undefined, failure: { tries: 2 } });
    await end();
  });

  it('X14 tells the source what was refused, and tells people once', async () => {
    const { start, types, asked, warned } = setUp(EMPTY_BODY, EMPTY_BODY, GOOD);
    const { end } = start();
    await eventually(() => asked.length === 4, 'three bodies');
    await end();
    expect(asked.map(({ refused }) => refused)).toEqual([false, true, true, false]);
    expect(warned).toEqual(['a body of Apple’s feed was refused']);
    expect(await types()).toEqual(['ReleaseAnnounced', 'FeedRefused', 'FeedChanged']);
  });

  it('goes on behind what was read before, after a restart', async () => {
    const { start, asked } = setUp(GOOD);
    const first = start();
    await eventually(() => asked.length === 2, 'the body');
    await first.end();
    const second = start();
    await eventually(() => asked.length === 3, 'the next question');
    await second.end();
    expect(asked.at(-1)).toEqual({ after: '2026-09-20T18:01:00.000Z', refused: false });
  });
});
