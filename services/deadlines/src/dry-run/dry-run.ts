import {
  type DeviceFacts,
  evaluate,
  type Item,
  type Mechanism,
  type Release,
  type Settings,
} from '@managed-os/enforcement';
import { type Instant, isBelow, parseVersion } from '@managed-os/kernel';

/** What was known of a Mac from an instant on. */
export interface Observed {
  readonly from: Instant;
  readonly device: DeviceFacts;
}

/** Which releases were announced from an instant on, and what the policy makes of them. */
export interface Catalogued {
  readonly from: Instant;
  readonly releases: readonly Release[];
  readonly item: Item;
}

export interface Forced {
  readonly deviceId: string;
  readonly at: Instant;
  /** The floor, by when, and what opened it. */
  readonly version: string;
  readonly openedBy: string;
  readonly deadline: Instant;
  readonly mechanism: Mechanism;
  readonly target: string;
}

export interface Prevented {
  readonly deviceId: string;
  readonly at: Instant;
  /** The floor; of a Mac that the item can never suit, the item's major. */
  readonly version: string;
  readonly reason: string;
}

export interface MacReport {
  readonly forced: readonly Forced[];
  readonly prevented: readonly Prevented[];
}

export interface DryRun {
  readonly settings: Settings;
  readonly since: Instant;
  readonly until: Instant;
  /** In order; the first one is from `since` on, or before. */
  readonly catalogue: readonly Catalogued[];
}

/**
 * When one Mac would have been forced, had the item applied to it since then (X5). Each forced update is taken to have
 * succeeded, so the next one starts from its version. `history` in order; the same history and item give the same report.
 */
export const dryRunOf = (deviceId: string, history: readonly Observed[], run: DryRun): MacReport => {
  const { since, until, catalogue } = run;
  const report = { forced: [] as Forced[], prevented: [] as Prevented[] };
  const points = [...new Set([since, ...history.map(({ from }) => from), ...catalogue.map(({ from }) => from)])]
    .filter((at) => at >= since && at < until)
    .sort();
  let installed: string | undefined;
  let [nextKnown, nextCatalogue] = [0, 0];
  for (const [index, at] of points.entries()) {
    while ((history[nextKnown]?.from ?? until) <= at) nextKnown += 1;
    while ((catalogue[nextCatalogue]?.from ?? until) <= at) nextCatalogue += 1;
    const [known, offered] = [history[nextKnown - 1], catalogue[nextCatalogue - 1]];
    if (!known || !offered) continue;
    installed = force(report, { deviceId, at, end: points[index + 1] ?? until, known, offered, installed }, run);
  }
  return report;
};

interface Span {
  readonly deviceId: string;
  readonly at: Instant;
  readonly end: Instant;
  readonly known: Observed;
  readonly offered: Catalogued;
  readonly installed: string | undefined;
}

/** Everything that is forced before something else is known; the version that this leaves, where there was something. */
const force = (
  { forced, prevented }: { readonly forced: Forced[]; readonly prevented: Prevented[] },
  { deviceId, at, end, known, offered, installed: before }: Span,
  { settings }: DryRun,
): string | undefined => {
  const prevent = (one: Omit<Prevented, 'deviceId'>): void => {
    if (!prevented.some(({ version, reason }) => version === one.version && reason === one.reason))
      prevented.push({ deviceId, ...one });
  };
  for (let installed = before; ;) {
    const device = { ...known.device, osVersion: later(known.device.osVersion, installed) };
    const { item, releases } = offered;
    const evaluation = evaluate({ now: at, device, item, releases, settings });
    if (!('obligations' in evaluation)) {
      if (evaluation.status === 'incompatible')
        prevent({ at, version: item.os, reason: evaluation.reason ?? evaluation.status });
      return installed;
    }
    const [{ version, openedBy, deadline }] = evaluation.obligations;
    const when = deadline > at ? deadline : at;
    if (when >= end) return installed;
    const [step] = evaluation.steps;
    if (evaluation.status === 'blocked' || !step) {
      prevent({ at: when, version, reason: evaluation.reason ?? 'no_way' });
      return installed;
    }
    const target = evaluation.target.version;
    forced.push({ deviceId, at: when, version, openedBy, deadline, mechanism: step.mechanism, target });
    installed = target;
  }
};

const later = (observed: string | null | undefined, installed: string | undefined): string | undefined => {
  if (!observed || !parseVersion(observed)) return undefined;
  return installed !== undefined && isBelow(observed, installed) ? installed : observed;
};
