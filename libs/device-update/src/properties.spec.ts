import { describe, expect, it } from '@jest/globals';
import { encodeEvent, type Fact } from '@managed-os/contracts';
import { type Instant, without } from '@managed-os/kernel';
import fc from 'fast-check';
import { deviceUpdate, type UpdateInput } from './decider.js';
import { describe as describeState } from './describe.js';
import { WAYS } from './mechanisms.js';
import { atLeast, below, rankOf, type UpdateEvent, type UpdateState } from './state.js';
import { anyDeclaredInput } from './testing/any-declared-fact.js';
import { anyInput } from './testing/any-fact.js';
import { declaration, declarationNotOffered, declared, enforced, updateState } from './testing/declared-inputs.js';
import {
  answered,
  candidateFound,
  command,
  countdownEnded,
  DEADLINE,
  deadlineReached,
  factsChanged,
  idlePlan,
  later,
  COUNTDOWN_END,
  notifyFromReached,
  notSent,
  plan,
  reported,
  result,
  START,
  stuckTry,
  time,
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

const timed = (inputs: readonly UpdateInput[]) => {
  let state = deviceUpdate.initial;
  return inputs.flatMap((input) => {
    const events = decide(input, state);
    state = fold(events, state);
    return events.map((event) => ({ event, at: input.at as string, fact: input.fact }));
  });
};

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

/** The same by a declaration. */
const wholeDeclared: readonly UpdateInput[] = [
  ...enforced,
  updateState('downloading'),
  updateState('prepared'),
  deadlineReached(),
  updateState('failed', { failure: { count: 1, reason: 'BatteryTooLow' } }, later(DEADLINE, 5)),
  updateState('installing', {}, later(DEADLINE, 60)),
  factsChanged('15.8.1', 2, { timeZone: 'Europe/Paris' }, later(DEADLINE, 100)),
  idlePlan('compliant', { factsRevision: 2, osVersion: '15.8.1' }, later(DEADLINE, 101)),
];

const anything = fc.oneof({ weight: 3, arbitrary: anyInput }, { weight: 2, arbitrary: anyDeclaredInput });

/** A story disturbed: repeated, out of order, with foreign facts in between. */
const disturbed = (whole: readonly UpdateInput[]): fc.Arbitrary<readonly UpdateInput[]> =>
  fc
    .tuple(
      fc.array(fc.nat(whole.length - 1), { maxLength: 12 }),
      fc.array(fc.tuple(anything, fc.nat(whole.length)), { maxLength: 12 }),
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

const declaredHistories = fc.oneof(
  // In the order of time, as a Mac lives.
  fc
    .array(anyDeclaredInput, { minLength: 10, maxLength: 40 })
    .map((inputs) => [...declared, ...inputs].toSorted((a, b) => (a.at < b.at ? -1 : 1))),
  disturbed(wholeDeclared),
  fc.array(fc.oneof({ weight: 1, arbitrary: anyInput }, { weight: 4, arbitrary: anyDeclaredInput }), { maxLength: 40 }),
);
const histories = fc.oneof(disturbed(whole), fc.array(anyInput, { maxLength: 40 }), declaredHistories);

/** What a Mac that is due in a phase in which something has to happen waits for. */
const heldBy = ({ standing, observed, attempt }: UpdateState): string => {
  const way = WAYS[standing?.step?.mechanism ?? ''];
  if (standing?.status !== 'due' || !standing.step || !way) return 'not due';
  if (!attempt) return observed && !below(observed.version, standing.floor ?? '') ? 'the next plan' : 'nothing';
  const from = way.by === 'commands' ? way.looksFrom : way.declaresFrom;
  if (rankOf(standing.phase) < rankOf(from)) return 'its time';
  if (attempt.awaiting) return 'an answer';
  if (attempt.download || attempt.install?.watch) return 'a watch';
  if (attempt.declaration) return 'macOS';
  if (rankOf(standing.phase) < rankOf('countdown_over') && (attempt.cached !== 'no' || attempt.candidate))
    return 'its deadline';
  return attempt.failure?.cause === 'our_fault' ? 'us' : 'nothing';
};

/** The Mac was not enrolled for what is requested of it. */
const refusalOf = ({ attempt }: UpdateState, reason: string, at: Instant): UpdateInput => {
  const { awaiting, declaration: declared, number, obligationId } = attempt ?? {};
  return awaiting
    ? notSent(command(awaiting.kind, awaiting.try, number, obligationId), reason, at)
    : declarationNotOffered(reason, declaration(declared?.try, number, obligationId), at);
};

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
      fc.property(histories, anything, (inputs, input) => {
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
        let aim = { version: '', floor: '' };
        for (const event of play(inputs).events) {
          if (event.type === 'AttemptOpened') aim = event;
          if (event.type === 'AttemptClosed' && event.outcome === 'verified')
            expect([aim.version, aim.floor].some((does) => atLeast(event.observedVersion ?? '', does))).toBe(true);
        }
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

  it('trap 23 whatever happens, no command restarts a Mac by force', () =>
    fc.assert(
      fc.property(histories, (inputs) => {
        for (const event of play(inputs).events)
          if (event.type === 'CommandRequested')
            expect([undefined, 'DownloadOnly', 'InstallASAP']).toContain(event.installAction);
      }),
    ));

  it('trap 20 there is never more than one enforcement: an attempt replaces its own and withdraws it at its end', () =>
    fc.assert(
      fc.property(declaredHistories, (inputs) => {
        let active: { readonly attempt: number; readonly try: number } | undefined;
        const seen = new Set<string>();
        for (const event of play(inputs).events) {
          if (event.type === 'DeclarationRequested') {
            if (active) expect(event).toMatchObject({ attempt: active.attempt, try: active.try + 1 });
            active = { attempt: event.attempt, try: event.try };
            expect(seen).not.toContain(`${event.attempt}/${event.try}`);
            seen.add(`${event.attempt}/${event.try}`);
          }
          if (event.type === 'DeclarationWithdrawn') {
            expect(active).toEqual({ attempt: event.attempt, try: event.try });
            active = undefined;
          }
          if (event.type === 'AttemptClosed') expect(active).toBeUndefined();
        }
      }),
      { numRuns: 300 },
    ));

  it('6a trap 14 what a declaration says for a deadline never moves before it has come, and is never past when it is said', () =>
    fc.assert(
      fc.property(declaredHistories, (inputs) => {
        const said = new Map<string, Fact<'DeclarationRequested'>>();
        for (const { event, at, fact } of timed(inputs)) {
          if (event.type !== 'DeclarationRequested') continue;
          const before = said.get(event.obligationId);
          // Whoever offers it judges by a clock of its own that it has come.
          const judged = fact.type === 'DeclarationNotOffered' && fact.reason === 'past_due';
          if (before?.deadline === event.deadline && before.earliest > at && !judged)
            expect(event.targetLocalDateTime).toBe(before.targetLocalDateTime);
          expect(event.earliest > at).toBe(true);
          said.set(event.obligationId, event);
        }
      }),
      { numRuns: 300 },
    ));

  it('S48 S79 trap 24 nothing is declared before its time, and no command goes to macOS 14 or later', () =>
    fc.assert(
      fc.property(histories, (inputs) => {
        let state = deviceUpdate.initial;
        for (const event of play(inputs).events) {
          if (event.type === 'DeclarationRequested')
            expect(rankOf(state.standing?.phase ?? '')).toBeGreaterThanOrEqual(rankOf('prompting'));
          if (event.type === 'CommandRequested') expect(atLeast(state.observed?.version ?? '', '14')).toBe(false);
          state = fold([event], state);
        }
      }),
      { numRuns: 300 },
    ));

  it('S16 the whole update by a declaration, each fact twice, is declared once and withdrawn once', () => {
    const { events, state } = play(wholeDeclared.flatMap((input) => [input, input]));
    expect(events).toEqual(play(wholeDeclared).events);
    const declarations = events.filter(({ type }) => /^Declaration(Requested|Withdrawn)$/.test(type));
    expect(declarations).toMatchObject([
      { type: 'DeclarationRequested' },
      { type: 'DeclarationWithdrawn', reason: 'verified' },
    ]);
    expect(state).toMatchObject({
      standing: { status: 'compliant' },
      observed: { version: '15.8.1', confirmed: true },
    });
  });

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

  it('S3 a Mac that is due is never forgotten: something is awaited, watched, declared or there, or it is said who has to act', () =>
    fc.assert(
      fc.property(histories, (inputs) => {
        const { state } = play(inputs);
        expect(heldBy(state)).not.toBe('nothing');
      }),
      { numRuns: 300 },
    ));

  it('Q8 a request that is refused because the Mac was not enrolled is made again, and not for ever at once', () =>
    fc.assert(
      fc.property(histories, fc.constantFrom('re_enrolled', 'unenrolled'), (inputs, reason) => {
        let { state } = play(inputs);
        const at = later(time(inputs.map((each) => each.at).reduce((a, b) => (a > b ? a : b), START)), 30 * 1440);
        const { awaiting, declaration: declared } = state.attempt ?? {};
        fc.pre(awaiting ? (awaiting.notBefore ?? '') <= at : declared?.state === 'requested' && !declared.again);
        const requests = Array.from({ length: 5 }, () => {
          const events = decide(refusalOf(state, reason, at), state);
          state = fold(events, state);
          return events.filter(({ type }) => /^(Command|Declaration)Requested$/.test(type)).length;
        });
        expect(requests).toEqual([1, 0, 0, 0, 0]);
      }),
      { numRuns: 40 },
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
