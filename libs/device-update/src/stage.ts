import { classify } from './failures.js';
import { commandWay, declarationWay } from './mechanisms.js';
import { type Attempt, atLeast, isOwnUpdate, isRefused, rankOf, type UpdateState, VERSION_GONE } from './state.js';

/** The stages of a due Mac (section 7 of the specification). */
export const STAGE_NAMES = [
  'waiting',
  'caching',
  'cached',
  'cached_assumed',
  'prompting',
  'countdown',
  'installing',
  'restarting',
  'verifying',
  'failed',
  'waiting_for_apple',
] as const;
export type Stage = (typeof STAGE_NAMES)[number];

/** The Mac owes a version and was not seen at it. */
export const isOwed = ({ standing, observed }: UpdateState): boolean =>
  (standing?.status === 'due' || standing?.status === 'blocked') &&
  !(observed && standing.floor !== undefined && atLeast(observed.version, standing.floor));

/** What failed and has not gone on since. A declaration that is not taken goes before what macOS does without one. */
export const failureHolding = ({ declaration, failure }: Attempt): Attempt['failure'] =>
  declaration && isRefused(declaration)
    ? { kind: 'declaration', cause: classify(declaration.said).cause, said: declaration.said }
    : failure;

/** Where a due Mac is; the first that holds. */
export const stageOf = ({ attempt, standing, observed }: UpdateState): Stage => {
  const phase = rankOf(standing?.phase ?? 'waiting');
  if (!attempt)
    return observed && standing?.step && atLeast(observed.version, standing.step.version) ? 'verifying' : 'waiting';
  if (failureHolding(attempt)) return 'failed';
  if (declarationWay(attempt.mechanism)) return declaredStage(attempt, phase);
  if (attempt.install?.watch) return attempt.install.watch.restarting ? 'restarting' : 'installing';
  if (attempt.install) return 'installing';
  const way = commandWay(attempt.mechanism);
  const missing = !attempt.candidate && way !== undefined;
  if (missing && (attempt.looks > 0 || phase >= rankOf('countdown_over'))) return 'waiting_for_apple';
  if (phase === rankOf('overdue')) return 'countdown';
  if (attempt.cached !== 'no') return attempt.cached === 'said' ? 'cached' : 'cached_assumed';
  if (phase < rankOf('prompting')) return 'waiting';
  return way?.downloads ? 'caching' : 'prompting';
};

/** macOS counts down by itself and does not tell, so there is no countdown here (section 6b). */
const declaredStage = (attempt: Attempt, phase: number): Stage => {
  const { declaration, own } = attempt;
  const state = isOwnUpdate(attempt, own?.pendingVersion) ? own?.installState : undefined;
  if (state === 'installing') return 'installing';
  if (phase < rankOf('prompting')) return 'waiting';
  if (declaration?.said === VERSION_GONE) return 'waiting_for_apple';
  if (state === 'prepared') return 'cached';
  return state === 'downloading' || state === 'waiting' ? 'caching' : 'prompting';
};
