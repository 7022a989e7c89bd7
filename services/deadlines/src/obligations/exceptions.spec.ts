import { describe, expect, it } from '@jest/globals';
import type { WindowException } from '@managed-os/enforcement';
import { automatically, release } from '@managed-os/enforcement/testing';
import { names, one, play } from '../testing/play.js';

const releases = [release('12.5', '2022-06-01'), release('12.6', '2022-06-10')];
const CVES = ['CVE-2022-32917'];

/** Two weeks after the release, at 14:00 UTC, unless an exception says otherwise. */
const policy = (...exceptions: readonly WindowException[]) => automatically({ clock: { zone: 'UTC' }, exceptions });
const override = (version: string, window: WindowException['window']): WindowException => ({
  version,
  window,
  because: 'override',
  cves: [],
});
const exploited = (version: string, window: WindowException['window']): WindowException => ({
  version,
  window,
  because: 'exploited',
  cves: CVES,
});

/** The earlier release is prompted since 10 June, 14:00. */
const prompting = () => {
  const mac = play();
  mac.look({ releases: releases.slice(0, 1), enforcement: policy(), now: '2022-06-02T09:00Z' });
  mac.fire('notify_from', '2022-06-10T14:00Z');
  return mac;
};

describe('a window of one release (Q40)', () => {
  it('Q40 counts instead of the item’s, and the obligation says so', () => {
    const mac = play();
    const events = mac.look({ releases, enforcement: policy(override('12.6', 'P1M')), now: '2022-06-10T09:00Z' });
    const opened = events.filter((e) => e.type === 'ObligationOpened');
    expect(opened).toEqual([
      expect.objectContaining({
        version: '12.5',
        deadline: '2022-06-15T14:00:00.000Z',
        released: '2022-06-01',
        window: 'P2W',
        cves: [],
      }),
      expect.objectContaining({
        version: '12.6',
        deadline: '2022-07-10T14:00:00.000Z',
        window: 'P1M',
        windowBecause: 'override',
      }),
    ]);
    expect(opened[0]).not.toHaveProperty('windowBecause');
  });

  it('Q40 set afterwards moves the obligation later or earlier, with both moments before and after', () => {
    const mac = play();
    mac.look({ releases, enforcement: policy(), now: '2022-06-10T09:00Z' });
    const later = mac.look({
      releases,
      enforcement: policy(override('12.5', 'P1M')),
      revision: 2,
      now: '2022-06-10T10:00Z',
    });
    expect(one(later, 'ObligationRescheduled')).toMatchObject({
      previousDeadline: '2022-06-15T14:00:00.000Z',
      previousNotifyFrom: '2022-06-10T14:00:00.000Z',
      deadline: '2022-07-01T14:00:00.000Z',
      notifyFrom: '2022-06-26T14:00:00.000Z',
      because: 'override',
      window: 'P1M',
    });
    const back = mac.look({ releases, enforcement: policy(), revision: 3, now: '2022-06-10T11:00Z' });
    expect(one(back, 'ObligationRescheduled')).toMatchObject({
      deadline: '2022-06-15T14:00:00.000Z',
      because: 'policy',
    });
  });
});

describe('a window shortened for exploited vulnerabilities (X13)', () => {
  it('X13 makes the deadline earlier, by an event that names them', () => {
    const mac = play();
    mac.look({ releases, enforcement: policy(), now: '2022-06-10T09:00Z' });
    const events = mac.look({ releases, enforcement: policy(exploited('12.6', 'P3D')), now: '2022-06-10T10:00Z' });
    expect(one(events, 'ObligationRescheduled')).toMatchObject({
      previousDeadline: '2022-06-24T14:00:00.000Z',
      deadline: '2022-06-13T14:00:00.000Z',
      because: 'exploited',
      window: 'P3D',
      cves: CVES,
    });
  });

  it('X13 never makes it later than the item’s own window', () => {
    const mac = play();
    const [opened] = mac.look({ releases, enforcement: policy(exploited('12.5', 'P3M')), now: '2022-06-10T09:00Z' });
    expect(opened).toMatchObject({ deadline: '2022-06-15T14:00:00.000Z', window: 'P2W', cves: [] });
    expect(opened).not.toHaveProperty('windowBecause');
  });

  it('X13 leaves a Mac that is being prompted 24 hours, and does not move that again', () => {
    const mac = prompting();
    const shortened = policy(exploited('12.5', 'P2D'));
    const look = (now: string) => mac.look({ releases: releases.slice(0, 1), enforcement: shortened, now });
    expect(one(look('2022-06-11T08:00Z'), 'ObligationRescheduled')).toMatchObject({
      previousDeadline: '2022-06-15T14:00:00.000Z',
      deadline: '2022-06-12T08:00:00.000Z',
      deadlineLocal: '2022-06-12T08:00:00',
    });
    expect(look('2022-06-11T20:00Z')).toEqual([]);
    mac.fire('deadline', '2022-06-12T08:00Z');
    expect(names(look('2022-06-12T08:10Z'))).toEqual([]);
  });

  it('X13 leaves a Mac that is prompted for one release 24 hours for the next one too', () => {
    const events = prompting().look({
      releases,
      enforcement: policy(exploited('12.6', 'P1D')),
      now: '2022-06-11T09:00Z',
    });
    expect(one(events, 'ObligationOpened')).toMatchObject({ version: '12.6', deadline: '2022-06-12T09:00:00.000Z' });
  });

  it('X13 does not give more than the item’s own window does', () => {
    const events = prompting().look({
      releases: releases.slice(0, 1),
      enforcement: policy(exploited('12.5', 'P2D')),
      now: '2022-06-15T08:00Z',
    });
    expect(events).toEqual([]);
  });

  it('X13 does not keep what an override gave beyond the item’s own window', () => {
    const mac = play();
    const one122 = releases.slice(0, 1);
    mac.look({ releases: one122, enforcement: policy(override('12.5', 'P1M')), now: '2022-06-02T09:00Z' });
    mac.fire('notify_from', '2022-06-26T14:00Z');
    const now = '2022-06-27T09:00Z';
    const events = mac.look({ releases: one122, enforcement: policy(exploited('12.5', 'P2D')), revision: 2, now });
    expect(one(events, 'ObligationRescheduled')).toMatchObject({ deadline: '2022-06-15T14:00:00.000Z' });
  });

  it('X13 holds at once for a Mac whose user was not prompted yet', () => {
    const mac = play();
    mac.look({ releases: releases.slice(0, 1), enforcement: policy(), now: '2022-06-02T09:00Z' });
    const events = mac.look({
      releases: releases.slice(0, 1),
      enforcement: policy(exploited('12.5', 'P2D')),
      now: '2022-06-05T09:00Z',
    });
    expect(one(events, 'ObligationRescheduled')).toMatchObject({ deadline: '2022-06-03T14:00:00.000Z' });
  });
});
