import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { facts, macId } from '../testing/facts.js';
import { at } from '../testing/looked.js';
import { openStoreFixture, type StoreFixture } from '../testing/store-fixture.js';
import { obligations } from './obligations.decider.js';
import { states } from './states.projection.js';

let fixture: StoreFixture;
const macs = Array.from({ length: 40 }, (_, n) => n + 1);
beforeAll(async () => {
  fixture = await openStoreFixture(at('2022-06-01T06:00Z'));
  await fixture.tell(
    ...[facts.automatic(1), facts.assigned(1, 1), facts.released('12.2', '2022-05-01')],
    ...macs.flatMap((n) => [facts.device(n), facts.moved(n, 1)]),
  );
  await fixture.plan();
  await fixture.dueTimers().runOnce(fixture.clock.now(), fixture.clock.now());
  await fixture.tell(facts.device(3, { osVersion: '12.2', factsRevision: 2 }), facts.released('12.3', '2022-05-20'));
  await fixture.plan();
});
afterAll(() => fixture.close());

const expectStates = async (): Promise<void> => {
  for (const n of macs) {
    const { state, revision } = await fixture.store.load(`obligations-${macId(n)}`, obligations);
    const row = await fixture.db.selectFrom('states').selectAll().where('device_id', '=', macId(n)).executeTakeFirst();
    expect({ state: row?.state, revision: BigInt(row?.revision ?? 0) }).toEqual({ state, revision });
  }
};

describe('what each Mac’s stream says, for looking at many', () => {
  it('is what loading its stream gives, at the same revision', expectStates);

  it('is so after a rebuild', async () => {
    await fixture.stop();
    const rebuilt = fixture.runner([{ ...states, version: states.version + 1 }]);
    rebuilt.start();
    await rebuilt.caughtUp();
    await rebuilt.stop();
    await expectStates();
  });
});
