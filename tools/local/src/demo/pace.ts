import { addMillis, type Instant, millisBetween, parseInstant } from '@managed-os/kernel';
import type { Device, Timer } from './api.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Simulated time per real time: an hour in 0.15 s, a minute in 0.08 s. */
const FAST = HOUR / 150;
const SLOW = MINUTE / 80;
/** As many Macs as two cores serve at these rates. */
const AT_FULL_RATE = 1_000;

export interface Rates {
  readonly fast: number;
  /** While something happens. */
  readonly slow: number;
}

/**
 * The rates for a fleet of so many. More of them take more real time: what is late by a second of it is late by a quarter of
 * an hour for a Mac, and repeated for that.
 */
export const ratesFor = (count: number): Rates => {
  const part = Math.min(1, AT_FULL_RATE / count);
  return { fast: FAST * part, slow: SLOW * part };
};

export interface Sight {
  readonly now: Instant;
  /** `undefined`: the API does not answer. */
  readonly devices: readonly Device[] | undefined;
  readonly timers: readonly Timer[] | undefined;
  /** When something new comes from outside. */
  readonly instants: readonly Instant[];
  /** How many Macs there will be. */
  readonly expected: number;
}

export type Pace =
  | { readonly kind: 'slow'; readonly why: string }
  /** Fast, and from `until` on slow again. */
  | { readonly kind: 'fast'; readonly until: Instant };

/** In these stages a Mac, or we, wait for something that happens soon. */
const AT_WORK = ['caching', 'countdown', 'installing', 'restarting', 'verifying', 'waiting_for_apple'];

const LEAD = HOUR;
/** What fell due takes this long to become visible in what Macs do. */
const ECHO = 20 * MINUTE;

/** How fast the clock may run, seen at one moment: slowly while something happens or is due within the next hour. */
export const paceOf = (sight: Sight): Pace => {
  const { now, devices, timers } = sight;
  if (devices === undefined || timers === undefined) return { kind: 'slow', why: 'waiting for the services' };
  const arriving = sight.expected - devices.filter(({ status }) => status !== 'unknown').length;
  if (arriving > 0) return { kind: 'slow', why: `${macs(arriving)} enrolling` };
  const busy = devices.filter(({ stage }) => stage !== null && AT_WORK.includes(stage));
  if (busy.length > 0) return { kind: 'slow', why: `${macs(busy.length)} at work` };
  const due = dueInstants(sight).filter((at) => millisBetween(at, now) < ECHO);
  const next = due.reduce<Instant | undefined>(
    (first, at) => (first === undefined || at < first ? at : first),
    undefined,
  );
  if (next === undefined) return { kind: 'fast', until: addMillis(now, 24 * HOUR) };
  const until = addMillis(next, -LEAD);
  return millisBetween(now, until) > 0
    ? { kind: 'fast', until }
    : { kind: 'slow', why: `something is due at ${next.slice(11, 16)} UTC` };
};

const macs = (count: number): string => (count === 1 ? '1 Mac' : `${count} Macs`);

const dueInstants = ({ devices = [], timers = [], instants }: Sight): readonly Instant[] =>
  [
    ...timers.map(({ dueAt }) => dueAt),
    ...devices.flatMap(({ nextAt, status }) => (status === 'due' && nextAt ? [nextAt] : [])),
  ]
    .map(parseInstant)
    .filter((at) => at !== undefined)
    .concat(instants);

/** Slow at once, fast only after so much calm (real milliseconds): what follows from a timer is not there in the same moment. */
export class Pacer {
  private calmSince: number | undefined;

  constructor(private readonly calmMs = 1_200) {}

  judge(sight: Sight, elapsed: number): Pace {
    const pace = paceOf(sight);
    if (pace.kind === 'slow') {
      this.calmSince = undefined;
      return pace;
    }
    this.calmSince ??= elapsed;
    return elapsed - this.calmSince >= this.calmMs ? pace : { kind: 'slow', why: 'making sure that nothing follows' };
  }
}
