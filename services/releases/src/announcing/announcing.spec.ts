import { releases, type ReleasesEvent } from '@managed-os/contracts';
import { MemoryEventStore } from '@managed-os/event-store/testing';
import { type Instant, instant } from '@managed-os/kernel';
import { ManualClock } from '@managed-os/kernel/testing';
import { announcements, loadCatalogue, type ReleaseAnnounced } from '../catalogue/catalogue.js';
import { AnnouncedBuilds, announceInTime, announceUpTo } from './announcing.js';

const at = (text: string): Instant => instant(Date.parse(text));
let all: readonly ReleaseAnnounced[];
beforeAll(async () => {
  all = announcements(await loadCatalogue());
});

const setUp = () => {
  const store = new MemoryEventStore<ReleasesEvent>({ context: releases });
  const clock = new ManualClock(at('2022-09-10T06:00:00Z'));
  const running = new AbortController();
  const run = () => announceInTime(all, store, clock, running.signal);
  const announced = async () =>
    (await store.readLog(0n, 1_000)).map(({ envelope }) => envelope.data as ReleaseAnnounced);
  const until = async (count: number) => {
    while ((await announced()).length < count) await new Promise(setImmediate);
  };
  return { store, clock, running, run, announced, until };
};

describe('announcing releases', () => {
  it('announces everything that is public, in order, and nothing that is not', async () => {
    const { running, run, announced, until } = setUp();
    const done = run();
    const past = all.filter((release) => release.firstSeen <= '2022-09-10T06:00:00.000Z');
    await until(past.length);
    expect(await announced()).toEqual(past);
    expect(past.some(({ version }) => version === '12.6')).toBe(false);
    running.abort();
    await done;
  });

  it('knows what was announced without reading all of the log again', async () => {
    const { store, clock } = setUp();
    const asked: bigint[] = [];
    const builds = new AnnouncedBuilds({
      readLog: (after, limit) => {
        asked.push(after);
        return store.readLog(after, limit);
      },
    });
    await announceUpTo(all, store, clock.now(), builds);
    const announced = (await builds.soFar()).size;
    const before = asked.length;
    expect((await builds.soFar()).size).toBe(announced);
    expect(asked.slice(before)).toEqual([(await store.readLog(0n, 1_000)).at(-1)?.position]);
    expect(announced).toBe(all.filter(({ firstSeen }) => firstSeen <= clock.now()).length);
  });

  it('announces 12.6 when the clock reaches 2022-09-12T17:00Z, not before', async () => {
    const { clock, running, run, announced, until } = setUp();
    const done = run();
    const past = all.filter((release) => release.firstSeen <= '2022-09-10T06:00:00.000Z').length;
    await until(past);
    clock.moveTo(at('2022-09-12T16:59:59.999Z'));
    await new Promise(setImmediate);
    expect(await announced()).toHaveLength(past);
    clock.moveTo(at('2022-09-12T17:00:00Z'));
    await until(past + 2);
    expect((await announced()).slice(past).map(({ version, build }) => `${version} ${build}`)).toEqual([
      '11.7 20G817',
      '12.6 21G115',
    ]);
    running.abort();
    await done;
  });

  it('announces each build once, also when two replicas run and one starts again', async () => {
    const { store, clock, run, announced, until, running } = setUp();
    const replicas = [run(), run()];
    const past = all.filter((release) => release.firstSeen <= '2022-09-10T06:00:00.000Z').length;
    await until(past);
    const again = announceInTime(all, store, clock, running.signal);
    await new Promise(setImmediate);
    expect(await announced()).toHaveLength(past);
    running.abort();
    await Promise.all([...replicas, again]);
  });

  it('ends when nothing is left', async () => {
    const { clock, run, announced } = setUp();
    clock.moveTo(at('2026-12-01T00:00:00Z'));
    await run();
    expect(await announced()).toHaveLength(all.length);
  });

  it('puts the builds of one version on one stream, named so that it can be a token', async () => {
    const { store, clock, run } = setUp();
    clock.moveTo(at('2026-12-01T00:00:00Z'));
    await run();
    expect((await store.readStream('release-26_0_1')).map(({ data }) => 'build' in data && data.build)).toEqual([
      '25A362',
      '25A8364',
    ]);
  });
});
