import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ManagedOsEvent } from '@managed-os/contracts';
import { enforcementOf } from '../inputs/policy.js';
import type { Policy } from '../tables.js';
import { blueprintId, facts, itemId, macId } from '../testing/facts.js';
import { at } from '../testing/looked.js';
import { openStoreFixture, type StoreFixture } from '../testing/store-fixture.js';
import type { Change } from './change.js';
import type { Impact } from './impact.js';

const NOW = at('2022-06-20T06:00Z');

/** One Mac of many kinds each; all in Blueprint 1. */
const fleet: readonly ManagedOsEvent[] = [
  facts.device(1),
  facts.device(2, { osVersion: '12.4' }),
  facts.device(3, { bootstrapTokenEscrowed: false }),
  facts.device(4, { architecture: 'x86_64', osVersion: '11.1', softwareUpdateDeviceId: 'J152FAP' }),
  facts.device(5, { agentInstalled: true, timeZone: 'Europe/Paris' }),
  facts.device(6, { osVersion: '13.0' }),
  facts.device(7, { supervised: false }),
  facts.device(8, { osVersion: '11.4', timeZone: 'Asia/Tokyo' }),
  facts.device(9, { softwareUpdateDeviceId: 'J999AP' }),
  facts.device(10, { timeZone: 'Europe/Paris' }),
];
const macs = fleet.map((_, index) => index + 1);

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await openStoreFixture(NOW);
  const only = { allDevices: false, supportedDevices: ['J314sAP', 'J152FAP'] };
  await fixture.tell(
    ...fleet,
    ...macs.map((n) => facts.moved(n, 1)),
    ...[facts.released('11.6', '2021-09-13', only), facts.released('12.4', '2022-05-16', only)],
    facts.released('12.5', '2022-06-15', only),
  );
});
afterEach(() => fixture.close());

const policyOf = (fact: ReturnType<typeof facts.automatic>): Policy & object => {
  if (!fact.enforcement) throw new Error('no enforcement');
  return fact.enforcement;
};

/** What each Mac's stream says now. */
const standing = async (n: number) => {
  const events = await fixture.eventsOf(macId(n));
  const plan = events.findLast((e) => e.type === 'PlanChanged');
  return { status: plan?.status, obligation: plan?.obligation };
};

/** The change is saved and followed by everything that it leads to, at the same instant. */
const save = async (...said: readonly ManagedOsEvent[]): Promise<void> => {
  await fixture.tell(...said);
  await fixture.plan();
};

const compare = async (impacts: readonly Impact[]): Promise<void> => {
  for (const { deviceId, status, after } of impacts) {
    const events = await fixture.eventsOf(deviceId);
    const plan = events.findLast((e) => e.type === 'PlanChanged');
    expect({ deviceId, status: plan?.status, after: plan?.obligation ?? null }).toEqual({
      deviceId,
      status,
      after: after && expect.objectContaining({ ...after }),
    });
  }
};

/** Fires what is due at this instant; whom it reached. */
const reached = async (): Promise<readonly string[]> => {
  const loop = fixture.dueTimers();
  await loop.runOnce(NOW, NOW);
  await fixture.caughtUp();
  const found = [];
  for (const n of macs)
    if ((await fixture.eventsOf(macId(n))).some(({ type }) => type === 'DeadlineReached')) found.push(macId(n));
  return found;
};

const having = (impacts: readonly Impact[], effect: Impact['effects'][number]): readonly string[] =>
  impacts.filter(({ effects }) => effects.includes(effect)).map(({ deviceId }) => deviceId);

describe('X4 with the clock stopped, the Macs and instants of a preview are those of what then happens', () => {
  it('an enforcement whose deadline is past: who owes, who counts down, who cannot and why, who restarts where', async () => {
    await save(facts.assigned(1, 1));
    const enforcement = facts.manual(1, '12.4', '2022-06-19');
    const change: Change = {
      ...{ kind: 'enforcement', itemId: itemId(1), os: '12', policy: policyOf(enforcement) },
      // The item of the next fact has the next revision.
      revision: fixture.told(),
    };
    const { impacts, summary } = await fixture.previews.of(change);
    expect(summary).toEqual({
      ...{ macs: 10, fleet: 10, affected: 6, large: true },
      effects: {
        due: 6,
        countdown: 4,
        late_notice: 0,
        earlier: 0,
        later: 0,
        released: 0,
        cannot_comply: 4,
        nobody_prompts: 5,
      },
      cannotComply: expect.arrayContaining([
        { reason: 'bootstrap_token_missing', macs: 1 },
        { reason: 'not_supervised', macs: 1 },
        { reason: 'update_tools_broken', macs: 1 },
        { reason: 'hardware_unsupported', macs: 1 },
      ]),
      restartsFirstHour: expect.arrayContaining([
        { zone: 'Europe/Paris', macs: 2 },
        { zone: 'unknown', macs: 1 },
        { zone: 'Asia/Tokyo', macs: 1 },
      ]),
    });
    await save(enforcement);
    await compare(impacts);
    expect(having(impacts, 'due')).toEqual([1, 3, 5, 7, 8, 10].map(macId));
    const countdown = having(impacts, 'countdown');
    expect(countdown).toEqual([1, 5, 8, 10].map(macId));
    // Deadlines pass for blocked Macs too, without a countdown.
    expect(await reached()).toEqual([1, 3, 5, 7, 8, 10].map(macId));
    for (const { deviceId, restart, effects } of impacts) {
      const countdowns = (await fixture.eventsOf(deviceId)).flatMap((e) =>
        e.type === 'TimerSet' && e.purpose === 'countdown' ? [e.dueAt] : [],
      );
      const serverCounts = effects.includes('countdown') && effects.includes('nobody_prompts');
      expect(countdowns).toEqual(serverCounts ? [restart] : []);
    }
  });

  it('an assignment', async () => {
    await save(facts.automatic(2));
    const { impacts, summary } = await fixture.previews.of({
      ...{ kind: 'assignment', blueprintId: blueprintId(1), itemId: itemId(2) },
    });
    expect(summary.effects).toMatchObject({ due: 7, countdown: 4 });
    expect(await standing(1)).toEqual({ status: 'not_managed', obligation: undefined });
    await save(facts.assigned(2, 1));
    await compare(impacts);
  });

  it('an earlier deadline, and a later one, of Macs that owe already', async () => {
    await save(facts.automatic(1, '12', 'P2M'), facts.assigned(1, 1));
    for (const [window, effect] of [
      ['P3W', 'earlier'],
      ['P3M', 'later'],
    ] as const) {
      const enforcement = facts.automatic(1, '12', window);
      const { impacts } = await fixture.previews.of({
        ...{ kind: 'enforcement', itemId: itemId(1), os: '12', policy: policyOf(enforcement) },
        revision: fixture.told(),
      });
      expect(having(impacts, effect).length).toBeGreaterThan(3);
      await save(enforcement);
      await compare(impacts);
    }
  });

  it('Q40 the window of one release', async () => {
    await save(facts.automatic(1, '12', 'P2M'), facts.assigned(1, 1));
    const { impacts } = await fixture.previews.of({
      ...{ kind: 'override', itemId: itemId(1), version: '12.5', window: 'P1D' },
      revision: fixture.told(),
    });
    expect(having(impacts, 'countdown').length).toBeGreaterThan(3);
    await save(facts.overridden(1, '12.5', 'P1D'));
    await compare(impacts);
  });

  it('Q22 a deadline less than five days away is confirmed, with the number of Macs that are prompted late', async () => {
    await save(facts.assigned(1, 1));
    const preview = (date: string) =>
      fixture.previews.of({
        ...{ kind: 'enforcement', itemId: itemId(1), os: '12', policy: policyOf(facts.manual(1, '12.4', date)) },
        revision: fixture.told(),
      });
    expect((await preview('2022-06-22')).summary).toMatchObject({ large: true, effects: { late_notice: 6 } });
    expect((await preview('2022-06-26')).summary.effects.late_notice).toBe(0);
  });

  it('S58 do not manage releases everybody, and nobody is affected', async () => {
    await save(facts.automatic(1), facts.assigned(1, 1));
    const { impacts, summary } = await fixture.previews.of({
      ...{ kind: 'enforcement', itemId: itemId(1), os: '12', policy: { mode: 'do_not_manage', deviceLocal: false } },
      revision: fixture.told(),
    });
    expect([summary.affected, summary.large, having(impacts, 'released').length]).toEqual([0, false, 7]);
  });

  it('every Mac that an item comes to counts, though it enforces nothing yet: an enforcement previewed before may follow', async () => {
    const assignment = { kind: 'assignment', blueprintId: blueprintId(1), itemId: itemId(1) } as const;
    const before = await fixture.previews.of(assignment);
    expect([before.summary.affected, before.summary.large]).toEqual([10, true]);
    expect(before.summary.effects.due).toBe(0);
    await save(facts.assigned(1, 1));
    const again = await fixture.previews.of(assignment);
    expect([again.summary.affected, again.summary.large]).toEqual([0, false]);
  });

  it('writes nothing', async () => {
    await save(facts.automatic(1), facts.assigned(1, 1));
    const head = await fixture.store.lastPosition();
    await fixture.previews.of({ kind: 'assignment', blueprintId: blueprintId(1), itemId: itemId(1) });
    expect(await fixture.store.lastPosition()).toBe(head);
    expect(await fixture.marked()).toEqual([]);
  });

  it('an enforcement of tomorrow that this version does not understand enforces nothing', () =>
    expect(enforcementOf({ mode: 'randomly', deviceLocal: false }, { overrides: [], exploited: [] })).toBeUndefined());
});
