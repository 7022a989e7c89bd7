import { evaluate, type Evaluation } from './evaluate.js';
import type { Item, PlanInput } from './plan-input.js';
import { versionCode } from './version-code.js';

export interface Selection<I extends Item> {
  readonly item: I;
  readonly evaluation: Evaluation;
  /** The items that apply to the Mac too and ask nothing of it because of this one (Q26). */
  readonly superseded: readonly I[];
}

const weight = ({ os, enforcement }: Item): number => (enforcement.mode === 'do_not_manage' ? 0 : versionCode(os));

/**
 * Several items on one Mac: the highest major that its hardware can run wins. An item that manages nothing has no target and
 * wins only over nothing; of two items for one major the first in the list wins. `undefined` when there is no item.
 */
export const selectItem = <I extends Item>(
  items: readonly I[],
  rest: Omit<PlanInput, 'item'>,
): Selection<I> | undefined => {
  const ranked = items.toSorted((a, b) => weight(b) - weight(a));
  const judged = ranked.map((item) => ({ item, evaluation: evaluate({ ...rest, item }) }));
  const winner = judged.find(({ evaluation }) => evaluation.reason !== 'hardware_unsupported') ?? judged[0];
  return winner && { ...winner, superseded: ranked.filter((item) => item !== winner.item) };
};
