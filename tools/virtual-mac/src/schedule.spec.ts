import { describe, expect, it } from '@jest/globals';
import { addMillis, type Instant } from '@managed-os/kernel';
import { ManualClock } from '@managed-os/kernel/testing';
import fc from 'fast-check';
import { Schedule } from './schedule.js';
import { START } from './testing/one-mac.js';

const at = (minute: number): Instant => addMillis(START, minute * 60_000);
const turn = (): Promise<void> => new Promise((next) => setImmediate(next));

describe('the schedule', () => {
  it('calls each sleeper once, in order, at what was last set for it', async () => {
    const settings = fc.array(fc.tuple(fc.nat(9), fc.option(fc.integer({ min: 1, max: 60 }))), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(settings, async (all) => {
        const clock = new ManualClock(START);
        const sleepers = Array.from({ length: 10 }, (_, index) => ({ index }));
        const called: number[] = [];
        const schedule = new Schedule<{ index: number }>(clock, ({ index }) => called.push(index));
        const wanted = new Map<number, number>();
        for (const [index, minute] of all) {
          schedule.set(sleepers[index] ?? { index }, minute === null ? undefined : at(minute));
          if (minute === null) wanted.delete(index);
          else wanted.set(index, minute);
        }
        const stopping = new AbortController();
        const run = schedule.run(stopping.signal);
        const seen = new Map<number, number>();
        for (let minute = 1; minute <= 60; minute++) {
          clock.moveTo(at(minute));
          await turn();
          for (const index of called.splice(0)) seen.set(index, seen.has(index) ? -1 : minute);
        }
        stopping.abort();
        await run;
        expect(seen).toEqual(new Map([...wanted].toSorted((a, b) => a[1] - b[1])));
      }),
      { numRuns: 50 },
    );
  });

  it('hears of an earlier one while it sleeps', async () => {
    const clock = new ManualClock(START);
    const called: string[] = [];
    const schedule = new Schedule<{ name: string }>(clock, ({ name }) => called.push(name));
    const stopping = new AbortController();
    const run = schedule.run(stopping.signal);
    schedule.set({ name: 'late' }, at(30));
    await turn();
    schedule.set({ name: 'early' }, at(10));
    await turn();
    clock.moveTo(at(10));
    await turn();
    expect(called).toEqual(['early']);
    stopping.abort();
    await run;
  });
});
