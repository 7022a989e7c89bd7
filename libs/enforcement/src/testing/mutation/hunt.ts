import { evaluatorOf } from '../../evaluate.js';
import type { PlanInput } from '../../plan-input.js';
import { readPlanInput } from '../../read-plan-input.js';
import { DECISION_TABLE } from '../../table.js';
import type { PlanCase } from '../cases.js';
import { outcomeOf } from './grid.js';
import type { Mutant } from './mutants.js';

export type Fate =
  /** A case has another answer under it: the first one that has. */
  | { readonly kind: 'killed'; readonly by: string }
  /** No situation tells it from the original, so no case could. */
  | { readonly kind: 'equivalent' }
  | { readonly kind: 'survived' };

export interface Hunted {
  readonly mutant: string;
  readonly fate: Fate;
}

interface Probe {
  readonly name: string;
  readonly input: PlanInput;
  readonly answer: string;
}

const probesOf = (cases: readonly PlanCase[]): readonly Probe[] => {
  const evaluate = evaluatorOf(DECISION_TABLE);
  return cases.flatMap(({ name, input }) => {
    const reading = readPlanInput(input);
    if (reading.kind === 'faults') return [];
    return [{ name, input: reading.input, answer: outcomeOf(evaluate, reading.input) }];
  });
};

export interface Hunt {
  readonly prey: readonly Mutant[];
  /** Whether one says what the original says in every situation; to be made once, for it takes a second. */
  readonly agrees: (mutant: Mutant) => boolean;
  readonly progress?: (line: string) => void;
}

/**
 * Runs the cases, which all hold for the original, against every mutant. One that no case notices is compared with the
 * original in every situation: where none differs, it is no other table.
 */
export const hunt = (cases: readonly PlanCase[], { prey, agrees, progress }: Hunt): readonly Hunted[] => {
  const probes = probesOf(cases);
  progress?.(`${prey.length} mutants, ${probes.length} cases`);
  return prey.map((mutant) => {
    const evaluate = evaluatorOf(mutant.table, mutant.mechanisms);
    const killer = probes.find(({ input, answer }) => outcomeOf(evaluate, input) !== answer);
    if (killer) return { mutant: mutant.name, fate: { kind: 'killed', by: killer.name } };
    progress?.(`no case notices ${mutant.name}: comparing it in every situation`);
    return { mutant: mutant.name, fate: { kind: agrees(mutant) ? 'equivalent' : 'survived' } };
  });
};
