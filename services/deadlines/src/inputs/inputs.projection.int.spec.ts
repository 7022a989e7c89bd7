import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { facts, macId } from '../testing/facts.js';
import { at } from '../testing/looked.js';
import { openStoreFixture, type StoreFixture } from '../testing/store-fixture.js';
import { inputs } from './inputs.projection.js';
import { readInputs, ReleaseCatalogue } from './read-inputs.js';

let fixture: StoreFixture;
/** Macs 1 and 2 are in Blueprint 1 with an item for 12, Mac 3 in Blueprint 2 with one for 13, Mac 4 in none. */
beforeAll(async () => {
  fixture = await openStoreFixture(at('2022-06-01T06:00Z'), [inputs]);
  await fixture.tell(
    ...[1, 2, 3, 4].map((n) => facts.device(n)),
    ...[facts.moved(1, 1), facts.moved(2, 1), facts.moved(3, 2)],
    ...[facts.automatic(1, '12'), facts.automatic(2, '13'), facts.assigned(1, 1), facts.assigned(2, 2)],
  );
});
beforeEach(() => fixture.db.deleteFrom('reevaluations').execute());
afterAll(() => fixture.close());

describe('which Macs are looked at again', () => {
  it('a release marks only the Macs whose item is of that major', async () => {
    await fixture.tell(facts.released('12.4', '2022-05-16'));
    expect(await fixture.marked()).toEqual([macId(1), macId(2)]);
    await fixture.tell(facts.released('10.15.7', '2020-09-24', { os: '10.15' }));
    expect(await fixture.marked()).toEqual([macId(1), macId(2)]);
  });

  it('Q3 a release of 11 also marks a Mac on 11.4, whose way up leads over it', async () => {
    await fixture.tell(facts.device(3, { osVersion: '11.4', factsRevision: 2 }));
    await fixture.db.deleteFrom('reevaluations').execute();
    await fixture.tell(facts.released('11.6', '2021-09-13'));
    expect(await fixture.marked()).toEqual([macId(3)]);
  });

  it('S70 a saved enforcement marks the Macs of its Blueprints, with what caused it', async () => {
    await fixture.tell(facts.automatic(1, '12', 'P1W'));
    expect(await fixture.marked()).toEqual([macId(1), macId(2)]);
    const { cause } = await fixture.db.selectFrom('reevaluations').select('cause').executeTakeFirstOrThrow();
    expect(cause).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['S52 S56 an assignment', () => facts.assigned(2, 1), [1, 2]],
    ['Q38 an assignment that ends', () => facts.unassigned(2, 1), [1, 2]],
    ['an item that leaves the Library', () => facts.itemRemoved(2, '13'), [3]],
    ['a Mac that moves', () => facts.moved(4, 1), [4]],
    ['facts of a Mac', () => facts.device(1, { factsRevision: 7 }), [1]],
    ['a Mac that checks out', () => facts.unenrolled(1), [1]],
    ['a Blueprint that is removed, with no Mac in it', () => facts.blueprintRemoved(9), []],
    ['a Mac that nobody knows yet', () => facts.moved(99, 1), []],
    ['Q40 the window of a release', () => facts.overridden(1, '12.4', 'P1D'), [1, 2, 4]],
    ['Q40 the item’s window again', () => facts.restored(1, '12.4', 'P1D'), [1, 2, 4]],
    ['X13 a release that fixes exploited vulnerabilities', () => facts.exploited('12.4', 'CVE-2022-1'), [1, 2, 4]],
    ['a release that is for other Macs', () => facts.devicesChanged('12.4', []), [1, 2, 4]],
  ])('%s', async (_, fact, macs) => {
    await fixture.tell(fact());
    expect(await fixture.marked()).toEqual(macs.map(macId));
  });
});

describe('what is kept', () => {
  const one = async (n: number) => (await readInputs(fixture.db, [macId(n)]))[0];

  it('a move that arrives late does not undo a later one', async () => {
    await fixture.tell(facts.moved(5, 1), facts.device(5));
    await fixture.db
      .updateTable('memberships')
      .set({ position: '1000000' })
      .where('device_id', '=', macId(5))
      .execute();
    await fixture.tell(facts.moved(5, 2));
    expect((await one(5))?.blueprintId).toMatch(/000000000001$/);
  });

  it('older facts do not undo newer ones', async () => {
    await fixture.tell(
      facts.device(6, { factsRevision: 5, osVersion: '12.4' }),
      facts.device(6, { factsRevision: 4, osVersion: '12.3' }),
    );
    expect((await one(6))?.device).toMatchObject({ os_version: '12.4', facts_revision: 5 });
  });

  it('a Mac that checked out is not enrolled', async () => {
    await fixture.tell(facts.device(7), facts.unenrolled(7));
    expect((await one(7))?.device.mdm_enrolled).toBe(false);
  });

  it('X7 a date that Apple moved later is not taken; an earlier one is', async () => {
    const catalogue = new ReleaseCatalogue();
    const dateOf = async () => (await catalogue.read(fixture.db)).find(({ version }) => version === '14.1')?.released;
    await fixture.tell(facts.released('14.1', '2023-10-25'));
    expect(await dateOf()).toBe('2023-10-25');
    await fixture.tell(facts.released('14.1', '2023-11-25'));
    expect(await dateOf()).toBe('2023-10-25');
    await fixture.tell(facts.released('14.1', '2023-10-20'));
    expect(await dateOf()).toBe('2023-10-20');
  });

  it('Q40 X13 an item has the windows of single releases, an admin’s before those for vulnerabilities', async () => {
    await fixture.tell(
      facts.automatic(9, '15', 'P2W', { exploitedWindow: 'P2D' }),
      ...[facts.assigned(9, 9), facts.moved(10, 9), facts.device(10)],
      ...[facts.exploited('15.1', 'CVE-1'), facts.exploited('15.2', 'CVE-2'), facts.exploited('14.9', 'CVE-3')],
      ...[facts.overridden(9, '15.2', 'P1M'), facts.overridden(9, '15.3', 'P3D'), facts.restored(9, '15.3', 'P3D')],
    );
    const item = (await one(10))?.items[0];
    expect(item?.enforcement).toMatchObject({
      exceptions: [
        { version: '15.2', window: 'P1M', because: 'override', cves: ['CVE-2'] },
        { version: '15.1', window: 'P2D', because: 'exploited', cves: ['CVE-1'] },
      ],
    });
    // What an admin says of a release is a change of the item.
    expect(item?.revision).toBeGreaterThan(1);
    expect(await fixture.marked()).toContain(macId(10));
  });

  it('a release is for other Macs when Apple says so', async () => {
    const catalogue = new ReleaseCatalogue();
    await fixture.tell(facts.released('14.3', '2024-01-22'), facts.devicesChanged('14.3', ['J314sAP']));
    const release = (await catalogue.read(fixture.db)).find(({ version }) => version === '14.3');
    expect(release?.supportedDevices).toEqual(['J314sAP']);
  });

  it('the catalogue stays the same array until a release is written', async () => {
    const catalogue = new ReleaseCatalogue();
    const before = await catalogue.read(fixture.db);
    expect(await catalogue.read(fixture.db)).toBe(before);
    await fixture.tell(facts.released('14.2', '2023-12-11'));
    expect(await catalogue.read(fixture.db)).not.toBe(before);
  });

  it('a policy with a zone that nobody knows enforces nothing; a zone that a Mac made up is unknown', async () => {
    const strange = facts.automatic(8, '12');
    await fixture.tell(
      {
        ...strange,
        enforcement: { mode: 'automatic', window: 'P1W', time: '14:00', zone: 'Mars/Olympus', deviceLocal: false },
      },
      ...[facts.assigned(8, 8), facts.moved(8, 8), facts.device(8, { timeZone: 'Mars/Olympus' })],
    );
    expect(await one(8)).toMatchObject({ items: [], device: { time_zone: null } });
  });

  it('a rebuild makes the same rows again', async () => {
    const rows = async () => ({
      devices: await fixture.db.selectFrom('devices').selectAll().orderBy('device_id').execute(),
      assignments: await fixture.db
        .selectFrom('assignments')
        .selectAll()
        .orderBy('blueprint_id')
        .orderBy('item_id')
        .execute(),
      items: await fixture.db.selectFrom('items').selectAll().orderBy('item_id').execute(),
      releases: await fixture.db
        .selectFrom('releases')
        .select(['version', 'build', 'released'])
        .orderBy('version')
        .execute(),
    });
    const before = await rows();
    await fixture.stop();
    const rebuilt = fixture.runner([{ ...inputs, version: inputs.version + 1 }]);
    rebuilt.start();
    await rebuilt.caughtUp();
    await rebuilt.stop();
    expect(await rows()).toEqual(before);
  });
});
