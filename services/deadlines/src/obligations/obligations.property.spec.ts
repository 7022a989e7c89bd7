import { describe, expect, it } from '@jest/globals';
import type { DeadlinesEvent } from '@managed-os/contracts';
import { encodeEvent } from '@managed-os/contracts';
import { automatically, byPolicy, release } from '@managed-os/enforcement/testing';
import { instant } from '@managed-os/kernel';
import fc from 'fast-check';
import { type Look, looked, timerDue } from '../testing/looked.js';
import { obligations } from './obligations.decider.js';
import type { ObligationsInput } from './obligations.input.js';
import { nothingOwed, type Obligations, type Purpose, PURPOSES } from './obligations.state.js';

const HOUR = 3_600_000;
const START = Date.parse('2022-06-01T00:00:00Z');

/** One thing that happens: hours later the Mac is looked at under some policy, or a timer is fired. */
type Step = { readonly hours: number } & ({ readonly look: Look } | { readonly fire: Purpose });

const enforcement = fc.oneof(
  fc.constantFrom('P1D', 'P1W', 'P2W', 'P1M').map((window) => automatically({ window, clock: { zone: 'UTC' } })),
  fc
    .integer({ min: 1, max: 28 })
    .map((day) =>
      byPolicy('12.3', { deadlineDate: `2022-06-${String(day).padStart(2, '0')}`, clock: { zone: 'UTC' } }),
    ),
  fc.constant({ mode: 'do_not_manage' } as const),
  fc.constant(null),
);
const look: fc.Arbitrary<Look> = fc.record({
  enforcement,
  revision: fc.integer({ min: 1, max: 3 }),
  factsRevision: fc.integer({ min: 1, max: 3 }),
  releases: fc.subarray([release('12.2', '2022-05-20'), release('12.3', '2022-06-01'), release('12.4', '2022-06-10')]),
  device: fc.record({
    osVersion: fc.constantFrom('12.1', '12.2', '12.3', '12.4', '11.3', null),
    agentInstalled: fc.boolean(),
    supervised: fc.boolean(),
  }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ hours: fc.nat(200), look }) },
  { weight: 1, arbitrary: fc.record({ hours: fc.nat(200), fire: fc.constantFrom(...PURPOSES) }) },
);

const inputOf = (one: Step, state: Obligations, millis: number): ObligationsInput => {
  const now = instant(millis);
  return 'look' in one ? looked({ ...one.look, now }) : timerDue(state.timers[one.fire]?.timerId ?? 'none', now);
};

const decided = (input: ObligationsInput, state: Obligations): readonly DeadlinesEvent[] => {
  const decision = obligations.decide(input, state);
  return decision.kind === 'accepted' ? decision.events : [];
};

const eachState = (
  steps: readonly Step[],
  check: (input: ObligationsInput, events: readonly DeadlinesEvent[], after: Obligations) => void,
): void => {
  let state = nothingOwed;
  let millis = START;
  for (const one of steps) {
    millis += one.hours * HOUR;
    const input = inputOf(one, state, millis);
    const events = decided(input, state);
    state = events.reduce(obligations.evolve, state);
    check(input, events, state);
  }
};

const all = (check: Parameters<typeof eachState>[1]): void =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => eachState(steps, check)),
    { numRuns: 300 },
  );

describe('whatever happens to a Mac', () => {
  it('the same input again changes nothing', () => all((input, _, after) => expect(decided(input, after)).toEqual([])));

  it('every event keeps its contract', () => all((_, events) => events.forEach((event) => encodeEvent(event))));

  it('no two events of a stream share an obligation or timer id that they set', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const ids: string[] = [];
        eachState(steps, (_, events) => {
          for (const event of events) if (event.type === 'ObligationOpened') ids.push(event.obligationId);
          for (const event of events) if (event.type === 'TimerSet') ids.push(event.timerId);
        });
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  it('X8 timers are those of the obligation that makes the deadline, and a countdown only runs after it', () =>
    all((_, __, { open, timers }) => {
      for (const timer of Object.values(timers)) expect(timer?.obligationId).toBe(open[0]?.obligationId);
      if (timers.countdown) expect(open[0]?.phase).toBe('overdue');
      if (timers.deadline) expect(['waiting', 'prompting']).toContain(open[0]?.phase);
      expect(Boolean(timers.notify_from)).toBe(open[0]?.phase === 'waiting');
    }));

  it('Q39 a countdown that runs is never shortened: it ends when it said, or is cancelled', () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let running: { readonly timerId: string; readonly dueAt: string } | undefined;
        eachState(steps, (_, events, { timers }) => {
          const cancelled = events.some(
            (event) => event.type !== 'TimerSet' && 'timerId' in event && event.timerId === running?.timerId,
          );
          const replaced = events.some((event) => event.type === 'TimerSet' && event.purpose === 'countdown');
          if (running && !cancelled && !replaced) expect(timers.countdown).toEqual(running);
          if (running && replaced) expect((timers.countdown?.dueAt ?? '') >= running.dueAt).toBe(true);
          running = timers.countdown;
        });
      }),
    ));
});
