import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DeadlinesEvent } from '@managed-os/contracts';
import { RandomIds } from '@managed-os/kernel';
import { facts, macId } from '../testing/facts.js';
import { at } from '../testing/looked.js';
import { openStoreFixture, type StoreFixture } from '../testing/store-fixture.js';
import { markForSettings } from './changed-settings.js';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture(at('2022-06-01T06:00Z'));
  await fixture.tell(facts.automatic(1), facts.assigned(1, 1), facts.released('12.2', '2022-06-01'));
});
afterAll(() => fixture.close());

const newest = async (n: number, type: DeadlinesEvent['type'] = 'PlanChanged') =>
  (await fixture.store.readStream(`obligations-${macId(n)}`)).findLast(({ data }) => data.type === type);

describe('re-evaluation', () => {
  it('S2 S59 a Mac in the Blueprint of an item owes the release, and the plan names its cause (X2)', async () => {
    await fixture.tell(facts.device(1), facts.moved(1, 1));
    const { cause } = await fixture.db
      .selectFrom('reevaluations')
      .select('cause')
      .where('device_id', '=', macId(1))
      .executeTakeFirstOrThrow();
    await fixture.plan();
    expect(await newest(1)).toMatchObject({
      causationId: cause,
      data: {
        status: 'due',
        row: '9',
        itemId: expect.any(String),
        blueprintId: expect.any(String),
        factsRevision: 1,
        target: { version: '12.2', build: 'B12.2' },
      },
    });
    expect(await fixture.marked()).toEqual([]);
  });

  it('a Mac in no Blueprint is not managed (S70)', async () => {
    await fixture.tell(facts.device(2));
    await fixture.plan();
    expect((await newest(2))?.data).toMatchObject({ status: 'not_managed', openObligations: 0 });
  });

  it('S7 S70 a draft item that was never saved does nothing', async () => {
    await fixture.tell(facts.assigned(7, 7), facts.moved(3, 7), facts.device(3));
    await fixture.plan();
    expect((await newest(3))?.data).toMatchObject({ status: 'not_managed' });
  });

  it('every mark twice and by two loops at once: the same events once', async () => {
    const macs = Array.from({ length: 60 }, (_, i) => 100 + i);
    await fixture.tell(...macs.flatMap((n) => [facts.device(n), facts.moved(n, 1)]));
    const marks = await fixture.db.selectFrom('reevaluations').selectAll().execute();
    const loops = [fixture.reevaluations(), fixture.reevaluations()];
    await Promise.all(loops.map((loop) => loop.runOnce(fixture.clock.now())));
    await fixture.plan();
    await fixture.db.insertInto('reevaluations').values(marks).execute();
    await fixture.plan();
    for (const n of macs) {
      const names = (await fixture.eventsOf(macId(n))).map(({ type }) => type);
      expect(names).toEqual(['ObligationOpened', 'PlanChanged', 'TimerSet', 'TimerSet']);
    }
  });

  it('a message that changes nothing for a Mac writes nothing', async () => {
    const before = await fixture.store.lastPosition();
    await fixture.tell(facts.released('12.1', '2022-05-01', { kind: 'supplemental' }));
    await fixture.plan();
    expect(await fixture.store.lastPosition()).toBe(before + 1n);
  });

  it('other settings than those of the last start have every Mac looked at again, once', async () => {
    const { db, settings } = fixture;
    const ids = new RandomIds();
    const mark = (revision = settings.revision) => markForSettings(db, { ...settings, revision }, ids);
    const macs = await db.selectFrom('devices').selectAll().execute();
    expect(await mark()).toBe(macs.length);
    expect(await mark()).toBe(0);
    await fixture.plan();
    const [first, second] = await Promise.all([mark('other'), mark('other')]);
    expect([first, second].toSorted((a, b) => a - b)).toEqual([0, macs.length]);
    expect(await fixture.marked()).toHaveLength(macs.length);
    // They are left to whoever has the other settings.
    await fixture.plan();
    expect(await fixture.marked()).toHaveLength(macs.length);
    await mark();
    await fixture.plan();
    expect(await fixture.marked()).toEqual([]);
  });

  it('a rebuild that brings a mark of the same cause again, with other inputs, plans anew', async () => {
    await fixture.tell(facts.device(210), facts.moved(210, 1));
    const marks = await fixture.db.selectFrom('reevaluations').selectAll().execute();
    await fixture.plan();
    await fixture.db.updateTable('devices').set({ os_version: '12.2' }).where('device_id', '=', macId(210)).execute();
    await fixture.db.insertInto('reevaluations').values(marks).execute();
    await fixture.plan();
    expect((await newest(210))?.data).toMatchObject({ status: 'compliant' });
  });

  it('a mark that moves while its Mac is looked at is looked at again', async () => {
    await fixture.tell(facts.device(200), facts.moved(200, 1));
    await fixture.plan();
    await fixture.tell(facts.device(200, { factsRevision: 2, osVersion: '12.2' }));
    await fixture.tell(facts.device(200, { factsRevision: 3, osVersion: '12.2', bootstrapTokenEscrowed: false }));
    await fixture.plan();
    expect((await newest(200))?.data).toMatchObject({ status: 'compliant', factsRevision: 3 });
    expect((await newest(200, 'ObligationClosed'))?.data).toMatchObject({
      outcome: 'discharged',
      observedVersion: '12.2',
    });
  });

  it('Q26 of two items the one with the highest major that the hardware can run applies', async () => {
    await fixture.tell(
      ...[facts.automatic(11, '12'), facts.automatic(12, '13'), facts.assigned(11, 11), facts.assigned(12, 11)],
      facts.released('13.0', '2022-06-02', { supportedDevices: ['J414cAP'], allDevices: false }),
      ...[
        facts.device(300, { softwareUpdateDeviceId: 'J414cAP' }),
        facts.moved(300, 11),
        facts.device(301),
        facts.moved(301, 11),
      ],
    );
    await fixture.plan();
    expect((await newest(300))?.data).toMatchObject({ row: '10', target: { version: '13.0' } });
    expect((await newest(301))?.data).toMatchObject({ row: '9', target: { version: '12.2' } });
  });
});
