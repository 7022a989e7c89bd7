import { addMillis, type Instant } from '@managed-os/kernel';
import { type Effect, EFFECTS, type Impact } from './impact.js';

/** Above either, a change is large; one that prompts somebody late always is (Q22). */
export interface Threshold {
  readonly percent: number;
  readonly macs: number;
}

/** What a change does to all Macs together (X4). */
export interface Summary {
  /** Macs that it concerns, whatever it does to them. */
  readonly macs: number;
  /** All that are managed here. */
  readonly fleet: number;
  readonly effects: Readonly<Record<Effect, number>>;
  readonly cannotComply: readonly { readonly reason: string; readonly macs: number }[];
  /** Forced restarts within an hour from now, by the Macs' own zones. */
  readonly restartsFirstHour: readonly { readonly zone: string; readonly macs: number }[];
  /** Macs that become due, get a countdown or have an earlier deadline; every Mac that an item newly comes to. */
  readonly affected: number;
  readonly large: boolean;
}

const AFFECTED: ReadonlySet<Effect> = new Set(['due', 'countdown', 'earlier']);
const HOUR = 3_600_000;

/**
 * `arrives`: the item comes to Macs that it did not apply to. Each of them counts, whatever the item enforces at the moment:
 * what it enforces may be saved on a preview from before it came to them.
 */
export const summaryOf = (
  impacts: readonly Impact[],
  { fleet, now, arrives }: { readonly fleet: number; readonly now: Instant; readonly arrives: boolean },
  { percent, macs }: Threshold,
): Summary => {
  const isAffected = ({ effects }: Impact): boolean => arrives || effects.some((effect) => AFFECTED.has(effect));
  const affected = impacts.filter(isAffected).length;
  const hour = addMillis(now, HOUR);
  const count = (effect: Effect): number => impacts.filter(({ effects }) => effects.includes(effect)).length;
  return {
    macs: impacts.length,
    fleet,
    effects: Object.fromEntries(EFFECTS.map((effect) => [effect, count(effect)])) as Record<Effect, number>,
    cannotComply: tally(
      impacts.filter(({ effects }) => effects.includes('cannot_comply')).map(({ reason, status }) => reason ?? status),
    ).map(([reason, number]) => ({ reason, macs: number })),
    restartsFirstHour: tally(
      impacts.filter(({ restart }) => restart !== null && restart <= hour).map(({ zone }) => zone ?? 'unknown'),
    ).map(([zone, number]) => ({ zone, macs: number })),
    affected,
    large: affected > macs || affected * 100 > fleet * percent || count('late_notice') > 0,
  };
};

/** The most frequent first. */
const tally = (words: readonly string[]): readonly (readonly [string, number])[] => {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
};
