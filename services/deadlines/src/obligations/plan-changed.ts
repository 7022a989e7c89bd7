import { isDeepStrictEqual } from 'node:util';
import type { Fact } from '@managed-os/contracts';
import type { Owing } from '@managed-os/enforcement';
import type { Reevaluated } from './obligations.input.js';
import type { Obligations, OpenObligation } from './obligations.state.js';

type PlanChanged = Fact<'PlanChanged'>;

/** The plan, when it says anything else than the one told before. The revision of the facts counts: whoever has newer facts waits for it. */
export const planChange = (state: Obligations, input: Reevaluated): readonly PlanChanged[] => {
  const plan = planOf(state, input);
  if (!state.plan) return [plan];
  const { status, obligation } = state.plan;
  const told = { ...plan, ...beforeIn(state.plan) };
  if (isDeepStrictEqual(told, state.plan)) return [];
  return [{ ...plan, previousStatus: status, ...(obligation && { previousDeadline: obligation.deadline }) }];
};

/** What a plan says of the one before it, which makes it no other plan. */
const beforeIn = ({ previousStatus, previousDeadline }: PlanChanged) => ({
  ...(previousStatus !== undefined && { previousStatus }),
  ...(previousDeadline !== undefined && { previousDeadline }),
});

const planOf = (state: Obligations, input: Reevaluated): PlanChanged => {
  const { deviceId, factsRevision, osVersion, agentInstalled, blueprintId, item, evaluation } = input;
  const binding = state.open[0];
  return {
    type: 'PlanChanged',
    deviceId,
    status: evaluation.status,
    ...(evaluation.reason !== null && { reason: evaluation.reason }),
    row: evaluation.row,
    ...('obligations' in evaluation && binding
      ? owing(evaluation, binding, state.open.length)
      : { openObligations: 0, steps: [], warnings: [] }),
    factsRevision,
    ...(osVersion !== undefined && { osVersion }),
    agentInstalled,
    ...(item && { itemId: item.itemId, itemRevision: item.revision }),
    ...(blueprintId !== undefined && { blueprintId }),
  };
};

const owing = ({ target, steps, warnings }: Owing, binding: OpenObligation, openObligations: number) => {
  const { obligationId, version, openedBy, deadline, notifyFrom, deadlineLocal, zone } = binding;
  return {
    obligation: { obligationId, version, openedBy, deadline, notifyFrom, deadlineLocal, zone },
    openObligations,
    target: { version: target.version, ...(target.build !== null && { build: target.build }) },
    steps: steps.map(({ mechanism, version, build, preCache }) => ({
      mechanism,
      version,
      ...(build !== null && { build }),
      preCache,
    })),
    warnings: [...warnings],
  };
};
