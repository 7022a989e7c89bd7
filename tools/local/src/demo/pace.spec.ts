import { describe, expect, it } from '@jest/globals';
import { addMillis, type Instant, parseInstant } from '@managed-os/kernel';
import type { Device } from './api.js';
import { Pacer, paceOf, ratesFor, type Sight } from './pace.js';

const at = (text: string): Instant => parseInstant(text) as Instant;
const NOW = at('2022-09-12T06:00:00Z');
const HOUR = 3_600_000;

const mac = (changed: Partial<Device> = {}): Device => ({
  ...{ id: '1', name: 'design-01', osVersion: '12.4', status: 'due', reason: null, stage: 'waiting', target: '12.5.1' },
  ...{ deadline: null, deadlineLocal: null, zone: null, overdue: false, next: null, nextAt: null },
  ...changed,
});
const timer = (dueAt: Instant): { deviceId: string; purpose: string; dueAt: string } => ({
  deviceId: '1',
  purpose: 'deadline',
  dueAt,
});
const sight = (changed: Partial<Sight> = {}): Sight => ({
  now: NOW,
  devices: [mac()],
  timers: [],
  instants: [],
  expected: 1,
  ...changed,
});

describe('the pace of the clock', () => {
  it('is the same for small fleets, and gives large ones their time', () => {
    const { fast, slow } = ratesFor(24);
    expect(ratesFor(1_000)).toEqual({ fast, slow });
    expect(ratesFor(10_000)).toEqual({ fast: fast / 10, slow: slow / 10 });
  });

  it('is fast until exactly an hour before what is due next', () => {
    const next = at('2022-09-16T18:00:00Z');
    const later = timer(at('2022-10-12T08:00:00Z'));
    expect(paceOf(sight({ timers: [later, timer(next)] }))).toEqual({ kind: 'fast', until: addMillis(next, -HOUR) });
    expect(paceOf(sight({ timers: [later], instants: [next] }))).toEqual({
      kind: 'fast',
      until: addMillis(next, -HOUR),
    });
    expect(paceOf(sight({ timers: [later], devices: [mac({ nextAt: next })] }))).toEqual({
      kind: 'fast',
      until: addMillis(next, -HOUR),
    });
  });

  it.each([
    ['a timer is due within the hour', { timers: [timer(addMillis(NOW, HOUR))] }],
    ['a timer is a little late', { timers: [timer(addMillis(NOW, -60_000))] }],
    ['a release appears within the hour, or just did', { instants: [addMillis(NOW, -10 * 60_000)] }],
    ['the devices cannot be asked', { devices: undefined }],
    ['the timers cannot be asked', { timers: undefined }],
    ['a Mac is still to come', { expected: 2 }],
    ['a Mac is not known yet', { devices: [mac({ status: 'unknown' })] }],
    ...['caching', 'countdown', 'installing', 'restarting', 'verifying', 'waiting_for_apple'].map(
      (stage) => [`a Mac is ${stage}`, { devices: [mac({ stage })] }] as const,
    ),
  ] satisfies readonly (readonly [string, Partial<Sight>])[])('is slow while %s', (_, changed) => {
    expect(paceOf(sight(changed)).kind).toBe('slow');
  });

  it.each([
    ['a timer that nobody takes', { timers: [timer(addMillis(NOW, -HOUR))] }],
    [
      'a Mac that waits, or is cached, or blocked',
      { devices: [mac(), mac({ stage: 'cached' }), mac({ status: 'blocked', stage: null })], expected: 3 },
    ],
  ])('is not held up by %s', (_, changed) => {
    expect(paceOf(sight(changed)).kind).toBe('fast');
  });

  it('turns slow at once, and fast only after a while of calm', () => {
    const pacer = new Pacer(1_000);
    const [calm, busy] = [sight(), sight({ devices: [mac({ stage: 'caching' })] })];
    expect(pacer.judge(calm, 0).kind).toBe('slow');
    expect(pacer.judge(calm, 1_000).kind).toBe('fast');
    expect(pacer.judge(busy, 1_100).kind).toBe('slow');
    expect(pacer.judge(calm, 1_200).kind).toBe('slow');
    expect(pacer.judge(calm, 2_200).kind).toBe('fast');
  });
});
