import { toMillis } from '@managed-os/kernel';
import { catalogueOf, type Rung, type Sequence } from './catalogue.js';
import { compileTable, decide, type Rules, type Situation } from './match.js';
import { automaticObligations, manualObligation, type Obligation, type Owed } from './obligations.js';
import type { Architecture, Automatic, DeviceFacts, Manual, Maybe, PlanInput } from './plan-input.js';
import { type Step, stepsFor, type Walk, type Warning } from './steps.js';
import {
  type BlockedReason,
  DECISION_TABLE,
  DEFAULT_SETTINGS,
  type IncompatibleReason,
  MECHANISMS,
  type Need,
  type Row,
} from './table.js';
import { majorCode, readVersion, versionCode } from './version-code.js';

export type Phase = 'waiting' | 'prompting' | 'enforcing';

/** What will be on the Mac after the last step; never below what it runs (S44). */
export interface Target {
  readonly version: string;
  readonly build: string | null;
}

/** Nothing is asked of the Mac, or nothing can be. */
export interface Idle {
  readonly status: 'not_managed' | 'compliant' | 'above_required' | 'unknown' | 'incompatible';
  readonly reason: 'inventory_missing' | IncompatibleReason | null;
  /** The row of the decision table that says so. */
  readonly row: string;
}

/** The Mac owes a version. */
export interface Owing {
  readonly status: 'due' | 'blocked';
  readonly reason: BlockedReason | null;
  readonly row: string;
  readonly phase: Phase;
  /** All open obligations, by deadline and then version; the first makes the Mac's deadline. Never empty. */
  readonly obligations: readonly [Obligation, ...Obligation[]];
  readonly target: Target;
  readonly steps: readonly Step[];
  readonly warnings: readonly Warning[];
}

export type Evaluation = Idle | Owing;

const idle = (status: Idle['status'], row: string, reason: Idle['reason'] = null): Idle => ({ status, reason, row });

const isArchitecture = (text: Maybe<string>): text is Architecture => text === 'arm64' || text === 'x86_64';

const MISSING: Readonly<Record<Need, BlockedReason>> = {
  enrolled: 'not_enrolled',
  supervised: 'not_supervised',
  bootstrap_token: 'bootstrap_token_missing',
  agent: 'agent_missing',
};

const has: Readonly<Record<Need, (device: DeviceFacts) => boolean>> = {
  enrolled: (device) => device.mdmEnrolled ?? true,
  supervised: (device) => device.supervised ?? true,
  bootstrap_token: (device) => device.architecture !== 'arm64' || (device.bootstrapTokenEscrowed ?? true),
  agent: (device) => device.agentInstalled ?? true,
};

/** What an item asks of one Mac, open or not. */
interface Demand {
  readonly sequence: Sequence;
  readonly owed: readonly Owed[];
  /** No release that would satisfy it runs on this Mac's hardware (row 4). */
  readonly unsupported: boolean;
  readonly warnings: readonly Warning[];
}

const demandOf = (policy: Automatic | Manual, input: PlanInput): Demand => {
  const { device, releases } = input;
  const catalogue = catalogueOf(releases);
  const major = versionCode(input.item.os);
  const days = input.settings?.notificationDays ?? DEFAULT_SETTINGS.notificationDays;
  const local = 'deviceLocal' in policy.clock;
  const zone = 'zone' in policy.clock ? policy.clock.zone : (device.timeZone ?? 'UTC');
  const warnings: Warning[] = local && !device.timeZone ? ['device_zone_unknown'] : [];
  const offer = catalogue.offer(major, device.softwareUpdateDeviceId);
  const { sequence } = offer;
  const highest = catalogue.highestOf(major);
  if (policy.mode === 'automatic') {
    const owed = automaticObligations(offer, policy, zone, days);
    return { sequence, owed, unsupported: highest > 0 && sequence.length === 0, warnings };
  }
  const manual = manualObligation(policy, zone, days);
  if (highest >= manual.floor) {
    const reachable = (sequence.at(-1)?.code ?? 0) >= manual.floor;
    return { sequence, owed: [manual], unsupported: !reachable, warnings };
  }
  return {
    sequence: [...sequence, uncatalogued(policy, manual)],
    owed: [manual],
    unsupported: false,
    warnings: [...warnings, 'target_not_in_catalogue'],
  };
};

/** A minimum that the catalogue does not know yet is trusted to exist. */
const uncatalogued = (policy: Manual, { floor }: Owed): Rung => ({
  code: floor,
  version: policy.minimumVersion,
  build: null,
  released: policy.deadlineDate,
  installer: true,
  comboPackage: true,
});

const phaseOf = ({ deadline, notifyFrom }: Obligation, now: string): Phase => {
  const at = Date.parse(now);
  return at >= toMillis(deadline) ? 'enforcing' : at >= toMillis(notifyFrom) ? 'prompting' : 'waiting';
};

const evaluateWith = (rules: Rules, input: PlanInput): Evaluation => {
  const { device, item, settings } = input;
  if (item.enforcement.mode === 'do_not_manage') return idle('not_managed', '1');
  const version = readVersion(device.osVersion);
  if (version === undefined) return idle('unknown', '3', 'inventory_missing');
  const major = versionCode(item.os);
  const current = majorCode(version);
  // Whoever is at the minimum or above it is left alone (S41); a later major is above it, and no error (S44, Q20).
  if (current > major) return idle('above_required', '2');
  const demand = demandOf(item.enforcement, input);
  const open = demand.owed.filter(({ floor }) => floor > version).map(({ obligation }) => obligation);
  const binding = open[0];
  if (!binding && !(demand.unsupported && item.enforcement.mode === 'automatic' && current < major))
    return idle('compliant', '2');
  if (!isArchitecture(device.architecture)) return idle('unknown', '3', 'inventory_missing');
  if (demand.unsupported || !binding) return idle('incompatible', '4', 'hardware_unsupported');
  const situation: Situation = {
    architecture: device.architecture,
    version,
    major,
    rescueWithFullInstaller: settings?.rescueWithFullInstaller ?? DEFAULT_SETTINGS.rescueWithFullInstaller,
    twoStepUpgrade: settings?.twoStepUpgrade ?? DEFAULT_SETTINGS.twoStepUpgrade,
  };
  const first = decide(rules.rows, situation);
  if ('incompatible' in first.outcome) return idle('incompatible', first.row, first.outcome.incompatible);
  const walk = stepsFor(rules, situation, {
    sequence: demand.sequence,
    within: (os) => catalogueOf(input.releases).offer(versionCode(os), device.softwareUpdateDeviceId).sequence,
    highestFloor: demand.owed.reduce((highest, { floor }) => Math.max(highest, floor), 0),
  });
  return {
    ...standingOf(rules, walk, device, demand.sequence),
    row: first.row,
    phase: phaseOf(binding, input.now),
    obligations: [binding, ...open.slice(1)],
    warnings: [...demand.warnings, ...walk.warnings],
  };
};

/** Whether the first step can be taken now, and where the last one leads. */
const standingOf = (
  { mechanisms }: Rules,
  { steps }: Walk,
  device: DeviceFacts,
  sequence: Sequence,
): Pick<Owing, 'status' | 'reason' | 'target' | 'steps'> => {
  const [first, last] = [steps[0], steps.at(-1)];
  if (!first || !last) {
    const newest = sequence.at(-1);
    if (!newest) throw new Error('an obligation without any release');
    const target = { version: newest.version, build: newest.build };
    return { status: 'blocked', reason: 'no_intermediate_release', target, steps };
  }
  const missing = mechanisms[first.mechanism].needs.find((need) => !has[need](device));
  return {
    status: missing ? 'blocked' : 'due',
    reason: missing ? MISSING[missing] : null,
    target: { version: last.version, build: last.build },
    steps,
  };
};

/** An evaluation by other data than ours: for tests that perturb it. Throws when no row matches. */
export const evaluatorOf = (
  table: readonly Row[],
  mechanisms: Rules['mechanisms'] = MECHANISMS,
): ((input: PlanInput) => Evaluation) => {
  const rules = { rows: compileTable(table), mechanisms };
  return (input) => evaluateWith(rules, input);
};

/**
 * What one item asks of one Mac: section 6 of the specification, in its order of checks. Pure and total for valid input;
 * throws `RangeError` for a version, zone or release that does not parse.
 */
export const evaluate: (input: PlanInput) => Evaluation = evaluatorOf(DECISION_TABLE);
