import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { reactionOf } from './reaction.js';
import { done } from './settlement.js';
import { cancelled } from './testing/events.js';
import { type Handler, many, StrategyFixture, twice, twiceAtOnce } from './testing/strategy-fixture.js';

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

describe('every handler twice', () => {
  it.each([
    ['one after the other', twice],
    ['both at once', twiceAtOnce],
  ])('%s: `once` makes one effect of each message, in order per Mac', async (_, switched) => {
    const outcomes = new Map<string, string[]>();
    const handle: Handler = async (message) => {
      const { kind } = await bus.fixture.store.append({
        stream: `obligations-${message.data.deviceId}`,
        expected: 'any',
        events: [cancelled(message.data.deviceId)],
        ...reactionOf(message, 'progress', { now: () => message.time }),
      });
      outcomes.set(message.id, [...(outcomes.get(message.id) ?? []), kind]);
      return done;
    };
    await bus.append(...many(4, 25));
    const told = await bus.fixture.store.readLog(0n, 1_000);
    await bus.serve(switched(handle));
    await bus.settled();
    expect(outcomes.size).toBe(100);
    for (const kinds of outcomes.values()) {
      expect(kinds.filter((kind) => kind === 'done')).toHaveLength(1);
      expect(new Set(kinds)).toEqual(new Set(['done', 'duplicate']));
    }
    for (const token of new Set(told.map(({ envelope }) => envelope.subject))) {
      const effects = (await bus.fixture.store.readStream(token)).filter(({ data }) => data.type === 'TimerCancelled');
      const causes = told.filter(({ envelope }) => envelope.subject === token).map(({ envelope }) => envelope.id);
      expect(effects.map(({ causationId }) => causationId)).toEqual(causes);
    }
  });
});
