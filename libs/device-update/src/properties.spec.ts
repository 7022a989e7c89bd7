import { describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@managed-os/contracts';
import { without } from '@managed-os/kernel';
import fc from 'fast-check';
import { deviceUpdate, type UpdateInput } from './decider.js';
import { describe as describeState } from './describe.js';
import type { UpdateEvent, UpdateState } from './state.js';
import { anyInput } from './testing/any-fact.js';
import {
  answered,
  candidateFound,
  command,
  countdownEnded,
  deadlineReached,
  factsChanged,
  later,
  COUNTDOWN_END,
  notifyFromReached,
  plan,
  reported,
  result,
  stuckTry,
  watchId,
  watchSilent,
} from './testing/inputs.js';

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
};

const fold = (events: readonly UpdateEvent[], from: UpdateState = deviceUpdate.initial): UpdateState =>
  events.reduce((state, event) => frozen(deviceUpdate.evolve(state, frozen(event))), frozen(from));

const decide = (input: UpdateInput, state: UpdateState): readonly UpdateEvent[] => {
  const decision = deviceUpdate.decide(frozen(input), frozen(state));
  return decision.kind === 'accepted' ? decision.events : [];
};

const play = (
  inputs: readonly UpdateInput[],
): { readonly events: readonly UpdateEvent[]; readonly state: UpdateState } =>
  inputs.reduce(
    ({ events, state }, input) => {
      const more = decide(input, state);
      return { events: [...events, ...more], state: fold(more, state) };
    },
    { events: [] as readonly UpdateEvent[], state: deviceUpdate.initial },
  );

/** A whole update, with the facts that a Mac and its deadlines bring. */
const whole: readonly UpdateInput[] = [
  plan(),
  notifyFromReached(),
  ...candidateFound(),
  ...stuckTry(1),
  ...stuckTry(2),
  ...stuckTry(3),
  deadlineReached(),
  countdownEnded(),
  answered(command('install'), { results: [result('InstallFailed')] }, later(COUNTDOWN_END, 5)),
  answered(command('install', 2), { results: [result('Installing')] }, later(COUNTDOWN_END, 65)),
  watchSilent(watchId('install', 2)),
  reported(watchId('install', 2), 1, [], later(COUNTDOWN_END, 400), { osVersion: '12.5.1' }),
  factsChanged('12.5.1', 2, {}, later(COUNTDOWN_END, 401)),
];

/** That story disturbed: repeated, out of order, with foreign facts in between. */
const disturbed: fc.Arbitrary<readonly UpdateInput[]> = fc
  .tuple(
    fc.array(fc.nat(whole.length - 1), { maxLength: 12 }),
    fc.array(fc.tuple(anyInput, fc.nat(whole.length)), { maxLength: 12 }),
    fc.boolean(),
    fc.integer(),
  )
  .map(([repeats, foreign, shuffle, seed]) => {
    const story = [...whole];
    for (const i of repeats) story.splice(((i * 7 + seed) % story.length) >>> 0, 0, whole[i] ?? plan());
    for (const [fact, place] of foreign) story.splice(place, 0, fact);
    return shuffle ? story.toSorted((a, b) => hash(a, seed) - hash(b, seed)) : story;
  });
const hash = (input: UpdateInput, seed: number): number =>
  [...JSON.stringify(input)].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, seed);

const histories = fc.oneof(disturbed, fc.array(anyInput, { maxLength: 40 }));

const keyed = (events: readonly UpdateEvent[]): { readonly installs: string[]; readonly commands: string[] } => ({
  installs: events.filter((e) => e.type === 'InstallRequested').map((e) => `${e.attempt}/${e.try}`),
  commands: events
    .filter((e) => e.type === 'CommandRequested')
    .map((e) => `${e.obligationId}/${e.attempt}/${e.kind}/${e.try}`),
});

describe('whatever facts arrive, in whatever order and however often', () => {
  it('S16 Q8 no install and no command is requested twice for one attempt and try', () =>
    fc.assert(
      fc.property(histories, (inputs) => {
        const { installs, commands } = keyed(play(inputs).events);
        expect(new Set(installs).size).toBe(installs.length);
        expect(new Set(commands).size).toBe(commands.length);
      }),
      { numRuns: 150 },
    ));

  it('S16 Q8 the whole update, each fact twice, asks for each install once', () => {
    const { events, state } = play(whole.flatMap((input) => [input, input]));
    expect(events).toEqual(play(whole).events);
    expect(keyed(events).installs).toEqual(['1/1', '1/2']);
    expect(state.attempt).toBeUndefined();
    expect(state.observed).toEqual({ version: '12.5.1', confirmed: true });
  });

  it('a fact that arrives again at once says nothing; a second enrollment is told apart by its message only', () =>
    fc.assert(
      fc.property(histories, anyInput, (inputs, input) => {
        fc.pre(input.fact.type !== 'DeviceEnrolled');
        const { state } = play(inputs);
        const after = fold(decide(input, state), state);
        expect(decide(input, after)).toEqual([]);
      }),
      { numRuns: 100 },
    ));

  it('X11 a Mac becomes compliant only after a version was observed', () =>
    fc.assert(
      fc.property(histories, (inputs) => {
        const { events } = play(inputs);
        const compliant = events.findIndex(
          (e) => e.type === 'StandingChanged' && (e.status === 'compliant' || e.status === 'above_required'),
        );
        const observed = events.findIndex((e) => e.type === 'VersionObserved');
        if (compliant >= 0) expect(observed >= 0 && observed < compliant).toBe(true);
      }),
      { numRuns: 100 },
    ));

  it('X11 an attempt is verified only by a version that does it', () =>
    fc.assert(
      fc.property(histories, (inputs) => {
        for (const event of play(inputs).events)
          if (event.type === 'AttemptClosed' && event.outcome === 'verified')
            expect(event.observedVersion).toMatch(/^12\.[56]/);
      }),
    ));

  it('S11 S12 a major upgrade on Apple silicon never downloads first', () =>
    fc.assert(
      fc.property(histories, (inputs) => {
        const way = new Map<number, string>();
        for (const event of play(inputs).events) {
          if (event.type === 'AttemptOpened') way.set(event.attempt, event.mechanism);
          if (event.type === 'CommandRequested' && way.get(event.attempt) === 'mdm_install_asap')
            expect([undefined, 'InstallASAP']).toContain(event.installAction);
        }
      }),
    ));

  it('closing the books: a load from the last close gives the same state as one from the start', () =>
    fc.assert(
      fc.property(histories, (inputs) => {
        const { events, state } = play(inputs);
        const last = events.findLastIndex((e) => e.type === 'AttemptClosed');
        expect(fold(events.slice(Math.max(0, last)))).toEqual(state);
      }),
      { numRuns: 150 },
    ));

  it('closing the books: nothing but the attempt is lost', () =>
    fc.assert(
      fc.property(histories, (inputs) => {
        let state = deviceUpdate.initial;
        for (const event of play(inputs).events) {
          const after = fold([event], state);
          if (event.type === 'AttemptClosed') expect(after).toEqual(without(state, 'attempt'));
          state = after;
        }
      }),
      { numRuns: 150 },
    ));

  it('every event keeps its contract, and every state can be described', () =>
    fc.assert(
      fc.property(histories, (inputs) => {
        const { events, state } = play(inputs);
        for (const event of events) encodeEvent(event);
        expect(describeState(state).next).not.toContain('undefined');
      }),
    ));

  it('evolve never throws and never changes what it was given, for any events in any order', () =>
    fc.assert(
      fc.property(histories, fc.integer(), (inputs, seed) => {
        const events = play(inputs).events.map((event, i) => ({ event, place: Math.imul(i + 1, seed) }));
        fold(events.toSorted((a, b) => a.place - b.place).map(({ event }) => event));
      }),
    ));
});
