import { describe, expect, it } from '@jest/globals';
import { missedBy, type PassedOver, passedOverBy } from './passed-over.js';

const A = 'mos.deadlines.*.deadline_reached';
const B = 'mos.deadlines.*.countdown_ended';

describe('what a durable passed over', () => {
  it('is everything for a durable that nobody has read', () =>
    expect(missedBy([A, B], {})).toEqual([
      { pattern: A, from: 1 },
      { pattern: B, from: 1 },
    ]));

  it('is nothing for a reader with the handlers of the one before', () => {
    const after = passedOverBy([A, B], {}, 0);
    expect(missedBy([A, B], after)).toEqual([]);
    expect(passedOverBy([A, B], after, 70)).toEqual(after);
  });

  it('is everything of a pattern whose handler is new', () =>
    expect(missedBy([A, B], passedOverBy([A], {}, 0))).toEqual([{ pattern: B, from: 1 }]));

  it('begins where an older reader took over, however often older ones follow each other', () => {
    const rolledBack = passedOverBy([A], passedOverBy([A, B], {}, 0), 40);
    const again = passedOverBy([A], rolledBack, 60);
    expect(again).toEqual({ [A]: 0, [B]: 41 });
    expect(missedBy([A, B], again)).toEqual([{ pattern: B, from: 41 }]);
  });

  it('a reader that handles a pattern again has missed nothing of it afterwards', () => {
    const passedOver: PassedOver = { [A]: 0, [B]: 41 };
    expect(passedOverBy([A, B], passedOver, 60)).toEqual({ [A]: 0, [B]: 0 });
  });
});
