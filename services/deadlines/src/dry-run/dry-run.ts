import {
  type DeviceFacts,
  evaluate,
  type Item,
  type Mechanism,
  type Release,
  type Settings,
} from '@managed-os/enforcement';
import { type Instant, isBelow } from '@managed-os/kernel';

/** What was known of a Mac from an instant on. */
export interface Known {
  readonly from: Instant;
  readonly device: DeviceFacts;
}

/** Which releases were announced from an instant on. */
export interface Catalogued {
  readonly from: Instant;
  readonly releases: readonly Release[];
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
  readonly version: string;
  readonly reason: string;
}

export interface MacReport {
  readonly forced: readonly Forced[];
  readonly prevented: readonly Prevented[];
}

export interface DryRun {
  readonly item: Item;
  readonly settings: Settings;
  readonly since: Instant;
  readonly until: Instant;
  /** In order; what was announced before `since` too. */
  readonly catalogue: readonly Catalogued[];
}

/**
 * When one Mac would have been forced, had the item applied to it since then (X5). Each forced update is taken to have
 * succeeded, so the next one starts from its version. `history` in order; the same history and item give the same report.
 */
export const dryRunOf = (deviceId: string, history: readonly Known[], run: DryRun): MacReport => {
  const { since, until, catalogue } = run;
  const points = [...new Set([since, ...history.map(({ from }) => from), ...catalogue.map(({ from }) => from)])]
    .filter((at) => at >= since && at < until)
    .sort();
  const forced: Forced[] = [];
  const prevented: Prevented[] = [];
  let installed: string | undefined;
  points.forEach((at, index) => {
    const end = points[index + 1] ?? until;
    const known = history.findLast(({ from }) => from <= at);
    const releases = catalogue.findLast(({ from }) => from <= at)?.releases ?? [];
    while (known) {
      const device = { ...known.device, osVersion: later(known.device.osVersion, installed) };
      const evaluation = evaluate({ now: at, device, item: run.item, releases, settings: run.settings });
      if (!('obligations' in evaluation)) return;
      const [{ version, openedBy, deadline }] = evaluation.obligations;
      const when = deadline > at ? deadline : at;
      if (when >= end) return;
      const [step] = evaluation.steps;
      if (evaluation.status === 'blocked' || !step) {
        const reason = evaluation.reason ?? 'no_way';
        if (!prevented.some((other) => other.version === version && other.reason === reason))
          prevented.push({ deviceId, at: when, version, reason });
        return;
      }
      const target = evaluation.target.version;
      forced.push({ deviceId, at: when, version, openedBy, deadline, mechanism: step.mechanism, target });
      installed = target;
    }
  });
  return { forced, prevented };
};

const later = (observed: string | null | undefined, installed: string | undefined): string | undefined => {
  if (!observed) return undefined;
  return installed !== undefined && isBelow(observed, installed) ? installed : observed;
};
