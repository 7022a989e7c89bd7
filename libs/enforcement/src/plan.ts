import type { Instant } from '@managed-os/kernel';
import { evaluate, type Evaluation, type Phase, type Target } from './evaluate.js';
import type { Obligation } from './obligations.js';
import type { PlanInput } from './plan-input.js';
import type { Step, Warning } from './steps.js';

/** What one Mac owes and how it gets there, field by field as section 6 of the specification writes it. */
export interface Plan {
  readonly status: Evaluation['status'];
  readonly reason: Evaluation['reason'];
  readonly phase: Phase | null;
  readonly obligation: Obligation | null;
  readonly openObligations: number;
  readonly target: Target | null;
  readonly steps: readonly Omit<Step, 'build'>[];
  readonly warnings: readonly Warning[];
}

/** Whole seconds are written without a fraction. */
const brief = (at: Instant): Instant => (at.endsWith('.000Z') ? (`${at.slice(0, -5)}Z` as Instant) : at);

/** An evaluation in the words of the `plan` contract. */
export const planOf = (evaluation: Evaluation): Plan => {
  const { status, reason } = evaluation;
  if (!('obligations' in evaluation)) {
    return { status, reason, phase: null, obligation: null, openObligations: 0, target: null, steps: [], warnings: [] };
  }
  const { phase, obligations, target, steps, warnings } = evaluation;
  const [{ version, openedBy, deadline, notifyFrom, deadlineLocal, zone }] = obligations;
  return {
    status,
    reason,
    phase,
    obligation: {
      version,
      openedBy,
      deadline: brief(deadline),
      notifyFrom: brief(notifyFrom),
      deadlineLocal,
      zone,
    },
    openObligations: obligations.length,
    target,
    steps: steps.map(({ mechanism, version, preCache }) => ({ mechanism, version, preCache })),
    warnings,
  };
};

/** Section 6: one item, one Mac. Pure; throws as `evaluate` does. */
export const plan = (input: PlanInput): Plan => planOf(evaluate(input));
