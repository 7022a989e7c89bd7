import { describe, expect, it } from '@jest/globals';
import { addMillis, instant } from '@managed-os/kernel';
import { ManualClock } from '@managed-os/kernel/testing';
import { Pulse } from './pulse.js';

const start = instant(1_662_789_600_000);
const LONG = 60_000;
const soon = addMillis(start, 1_000);
const later = addMillis(start, 2_000);

const waiting = (until = soon) => {
  const clock = new ManualClock(start);
  const pulse = new Pulse(clock);
  const stop = new AbortController();
  let over = false;
  const done = pulse.wait(until, LONG, stop.signal).then(() => (over = true));
  return { clock, pulse, stop, done, over: async () => (await Promise.resolve(), await Promise.resolve(), over) };
};

describe('a loop between two rounds', () => {
  it('sleeps until its instant', async () => {
    const { clock, done, over } = waiting();
    expect(await over()).toBe(false);
    clock.moveTo(soon);
    await done;
  });

  it('wakes for a nudge, and for an instant before its own', async () => {
    const [first, second] = [waiting(), waiting(later)];
    first.pulse.nudge();
    second.pulse.nudge(soon);
    await Promise.all([first.done, second.done]);
  });

  it('sleeps on for an instant that it knows of, or a later one', async () => {
    const { pulse, stop, done, over } = waiting();
    pulse.nudge(soon);
    pulse.nudge(later);
    expect(await over()).toBe(false);
    stop.abort();
    await done;
  });

  it('does not sleep when it was nudged in its round, once', async () => {
    const clock = new ManualClock(start);
    const pulse = new Pulse(clock);
    pulse.nudge(later);
    await pulse.wait(soon, LONG, new AbortController().signal);
    await pulse.wait(undefined, 1, new AbortController().signal);
  });

  it('does not sleep when its instant is past or the service stops', async () => {
    await waiting(start).done;
    const stopped = AbortSignal.abort();
    await new Pulse(new ManualClock(start)).wait(later, LONG, stopped);
  });
});
