import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fuzzing } from './testing/config.js';
import { bodies } from './testing/fuzz-samples.js';
import { EDIT_KINDS, mutate } from './testing/mutate.js';
import { swallow } from './testing/swallow.js';

const { bodies: numRuns, seed } = fuzzing();

const mutation = fc.record({
  sample: fc.constantFrom(...bodies),
  edits: fc.array(
    fc.record({ kind: fc.constantFrom(...EDIT_KINDS), at: fc.nat(4096), size: fc.nat(40), byte: fc.nat(255) }),
    { minLength: 1, maxLength: 4 },
  ),
});

describe('whatever arrives', () => {
  it('the samples themselves are accepted', () => {
    for (const body of bodies) expect(swallow(body, {}).accepted).toBe(1);
  });

  it('gives a message or a refusal with a reason, never an exception', () => {
    let [accepted, status] = [0, {}];
    fc.assert(
      fc.property(mutation, ({ sample, edits }) => {
        const swallowed = swallow(edits.reduce(mutate, sample), status);
        accepted += swallowed.accepted;
        status = swallowed.status;
      }),
      { seed, numRuns },
    );
    expect(accepted).toBeGreaterThan(numRuns / 10);
  });

  it('and so does noise', () =>
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('', 'bplist00', '{"StatusItems":'),
        (noise, head) => expect(swallow(Buffer.concat([Buffer.from(head), noise]), {}).accepted).toBe(0),
      ),
      { seed: 7, numRuns: 5_000 },
    ));
});
