import { describe, expect, it } from '@jest/globals';
import { evaluate } from './evaluate.js';
import { planOf } from './plan.js';
import { readPlanInput } from './read-plan-input.js';
import { ownPlanCases, type PlanCase } from './testing/index.js';

/** What a case is about, and nothing else. */
const saidOf = ({ expected, row, pointer }: PlanCase): unknown => (expected ? { row, plan: expected } : { pointer });

const answerTo = (input: unknown): unknown => {
  const reading = readPlanInput(input);
  if (reading.kind === 'faults') return { pointer: reading.faults[0]?.pointer };
  const evaluation = evaluate(reading.input);
  return { row: evaluation.row, plan: planOf(evaluation) };
};

describe.each(ownPlanCases())('cases/$file', ({ cases }) => {
  it.each(cases.map((each) => [each.name, each] as const))('%s', (_, each) =>
    expect(answerTo(each.input)).toEqual(saidOf(each)),
  );

  it('every case has a name of its own, and one answer or one fault', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.filter(({ expected, pointer }) => (expected === undefined) === (pointer === undefined))).toEqual([]);
  });
});
