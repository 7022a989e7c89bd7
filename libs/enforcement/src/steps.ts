import type { Rung, Sequence } from './catalogue.js';
import { decide, type Rules, type Situation } from './match.js';
import type { Mechanism, MechanismTraits } from './table.js';
import { type VersionCode, versionCode } from './version-code.js';

/** One installation on the way to the floor. */
export interface Step {
  readonly mechanism: Mechanism;
  readonly version: string;
  readonly build: string | null;
  readonly preCache: boolean;
}

export type Warning = 'device_zone_unknown' | 'target_not_in_catalogue' | 'no_installer_in_catalogue';

export interface Route {
  /** What the item offers this Mac, ascending. */
  readonly sequence: Sequence;
  /** What another major offers it. */
  within(os: string): Sequence;
  /** At this version nothing is owed any more. */
  readonly highestFloor: VersionCode;
}

export interface Walk {
  /** Empty when the first step has no release to install. */
  readonly steps: readonly Step[];
  readonly warnings: readonly Warning[];
}

const MOST_STEPS = 3;

/**
 * Applies the table, assumes that the step succeeded, and applies it again until nothing is owed.
 * A step that lands where nothing can be done is the last one.
 */
export const stepsFor = ({ rows, mechanisms }: Rules, start: Situation, route: Route): Walk => {
  const steps: Step[] = [];
  let warnings: readonly Warning[] = [];
  for (let situation = start; situation.version < route.highestFloor && steps.length < MOST_STEPS;) {
    const { outcome } = decide(rows, situation);
    if ('incompatible' in outcome) break;
    const { mechanism, first } = outcome;
    const traits = mechanisms[mechanism];
    const choice = first ? intermediate(route.within(first.within), first.atLeast) : pick(traits, situation, route);
    if (!choice || choice.rung.code <= situation.version) break;
    const { rung } = choice;
    steps.push({ mechanism, version: rung.version, build: rung.build, preCache: traits.preCache });
    if (choice.unlisted) warnings = ['no_installer_in_catalogue'];
    situation = { ...situation, version: rung.code };
  }
  return { steps, warnings };
};

interface Choice {
  readonly rung: Rung;
  /** The catalogue knows no such package; the newest release is trusted to have one. */
  readonly unlisted?: boolean;
}

const intermediate = (sequence: Sequence, atLeast: string): Choice | undefined => {
  const newest = sequence.at(-1);
  return newest && newest.code >= versionCode(atLeast) ? { rung: newest } : undefined;
};

const pick = ({ package: kind }: MechanismTraits, { version }: Situation, { sequence }: Route): Choice | undefined => {
  const newest = sequence.at(-1);
  if (kind === 'any') return newest && { rung: newest };
  const packaged = sequence.findLast((rung) => rung[kind] && rung.code > version);
  return packaged ? { rung: packaged } : newest && { rung: newest, unlisted: true };
};
