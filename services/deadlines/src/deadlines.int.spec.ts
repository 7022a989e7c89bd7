import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadlines, type DeadlinesEvent, type Fact, type ManagedOsEvent, releases } from '@managed-os/contracts';
import { type Neighbours, openNeighbours, startTestNats, type TestNats } from '@managed-os/event-bus/testing';
import type { EventStore } from '@managed-os/event-store';
import { createTestDatabase } from '@managed-os/event-store/testing';
import { type Instant, realTime } from '@managed-os/kernel';
import { eventually, ManualClock } from '@managed-os/kernel/testing';
import { createService, EVENT_STORE, requirePreview, type RunningService } from '@managed-os/service-host';
import { startTestService, TEST_PREVIEW_KEY, type TestService } from '@managed-os/service-host/testing';
import type { OpenObligationAnswer } from './obligations/open-obligation.js';
import { deadlinesService } from './service.js';
import { facts, itemId, macId, tokenOfFact } from './testing/facts.js';
import { at } from './testing/looked.js';
import { DueTimers } from './timers/due-timers.js';

let nats: TestNats;
let clock: ManualClock;
let service: TestService;
let others: Neighbours;

beforeAll(async () => {
  nats = await startTestNats();
  others = await openNeighbours(nats.url, deadlines);
  clock = new ManualClock(at('2022-09-01T06:00Z'));
  service = await startTestService(deadlinesService, { clock, natsUrl: nats.url });
}, 60_000);
afterAll(async () => {
  await others?.close();
  await service?.close();
  await nats?.stop();
});

const eventsOf = async (n: number) =>
  service.app.get<EventStore<DeadlinesEvent>>(EVENT_STORE).readStream(`obligations-${macId(n)}`);
const names = async (n: number) =>
  (await eventsOf(n)).map(({ data }) => ('purpose' in data ? `${data.type} ${data.purpose}` : data.type));
const plan = async (n: number) =>
  (await eventsOf(n)).findLast(({ data }) => data.type === 'PlanChanged')?.data as Fact<'PlanChanged'> | undefined;

const tellVia = async (neighbours: Neighbours, time: Instant, ...events: readonly ManagedOsEvent[]) => {
  const ids: string[] = [];
  for (const event of events) ids.push(await neighbours.tell(event, { token: tokenOfFact(event), time }));
  return ids;
};
const tell = (...events: readonly ManagedOsEvent[]) => tellVia(others, clock.now(), ...events);
const until = (n: number, last: string) =>
  eventually(async () => (await names(n)).at(-1) === last, `${last} of Mac ${n}`);
/** Moves the clock and waits for what it brings. */
const moveTo = async (instant: string, n: number, last: string): Promise<void> => {
  clock.moveTo(at(instant));
  await until(n, last);
};

const nothingIsDue = async (): Promise<boolean> => {
  await service.caughtUp();
  return (await service.app.get(DueTimers).runOnce(clock.now(), clock.now())).handled === 0;
};

const OPENED = ['ObligationOpened', 'PlanChanged', 'TimerSet notify_from', 'TimerSet deadline'];

describe('from an assignment to the end of the countdown', () => {
  it('S1 S52 S60 S64 an item on a Blueprint opens an obligation for the Macs in it, every message twice', async () => {
    const told = await tell(
      ...[facts.released('12.5.1', '2022-08-17'), facts.manual(1, '12.5.1', '2022-09-16'), facts.assigned(1, 1)],
      ...[facts.moved(1, 1), facts.device(1)],
    );
    await until(1, 'TimerSet deadline');
    // Facts of different streams come in any order: a Mac may first be seen without its item.
    expect((await names(1)).slice(-4)).toEqual(OPENED);
    expect((await names(1)).filter((name) => name === 'ObligationOpened')).toHaveLength(1);
    expect(await plan(1)).toMatchObject({
      status: 'due',
      row: '9',
      itemId: itemId(1),
      target: { version: '12.5.1' },
      obligation: { deadline: '2022-09-16T14:00:00.000Z' },
    });
    const opened = (await eventsOf(1)).find(({ data }) => data.type === 'ObligationOpened');
    expect(told).toContain(opened?.causationId);
  });

  it('answers what a Mac owes, from its stream and over HTTP', async () => {
    const { status, body } = await service.api<{ obligations: object[]; plan: object; timers: object[] }>(
      'GET',
      `/api/deadlines/devices/${macId(1)}`,
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      obligations: [
        { version: '12.5.1', openedBy: 'policy', phase: 'waiting', deadlineLocal: '2022-09-16T14:00:00', zone: 'UTC' },
      ],
      plan: { status: 'due' },
      timers: [{ purpose: 'notify_from', dueAt: '2022-09-11T14:00:00.000Z' }, { purpose: 'deadline' }],
    });
    await service.caughtUp();
    const timers = await service.api<{ items: object[] }>('GET', '/api/deadlines/timers?limit=1');
    expect(timers.body.items).toEqual([
      {
        deviceId: macId(1),
        purpose: 'notify_from',
        dueAt: '2022-09-11T14:00:00.000Z',
        obligationId: expect.any(String),
      },
    ]);
    expect(await others.ask<OpenObligationAnswer>('mos.rpc.deadlines.open_obligation', { deviceId: macId(1) })).toEqual(
      {
        asOf: clock.now(),
        obligationId: expect.any(String),
        status: 'due',
        target: { version: '12.5.1', build: 'B12.5.1' },
      },
    );
    const shouted = macId(1).toUpperCase();
    expect(await others.ask('mos.rpc.deadlines.open_obligation', { deviceId: shouted })).toMatchObject({
      status: 'due',
    });
    expect((await service.api('GET', `/api/deadlines/devices/${shouted}`)).body).toMatchObject({ deviceId: macId(1) });
  });

  it.each([
    ['GET', `/api/deadlines/devices/${macId(999)}`, 404],
    ['GET', '/api/deadlines/devices/nobody', 400],
    ['GET', '/api/deadlines/timers?limit=0', 400],
  ])('%s %s answers %i', async (method, path, status) => expect((await service.api(method, path)).status).toBe(status));

  it('a request that names no Mac is refused', () =>
    expect(others.ask('mos.rpc.deadlines.open_obligation', {})).rejects.toMatchObject({ code: 'malformed' }));

  it('S48 S66 X8 prompting begins five days before, not earlier', async () => {
    clock.moveTo(at('2022-09-11T13:59:59Z'));
    expect(await nothingIsDue()).toBe(true);
    await moveTo('2022-09-11T14:00Z', 1, 'NotifyFromReached');
  });

  it('X7 a release in mid-run changes the target, not the deadline', async () => {
    await tell(facts.released('12.6', '2022-09-12'));
    await until(1, 'PlanChanged');
    expect(await plan(1)).toMatchObject({
      target: { version: '12.6' },
      openObligations: 1,
      obligation: { version: '12.5.1', deadline: '2022-09-16T14:00:00.000Z' },
    });
  });

  it('S3 S65 the deadline comes, and the countdown of a Mac without agent', async () => {
    await moveTo('2022-09-16T14:00Z', 1, 'TimerSet countdown');
    expect((await names(1)).slice(-2)).toEqual(['DeadlineReached', 'TimerSet countdown']);
    await moveTo('2022-09-16T14:30Z', 1, 'CountdownEnded');
    await service.caughtUp();
    expect((await service.api<{ items: object[] }>('GET', '/api/deadlines/timers')).body.items).toEqual([]);
  });

  it('S41 the observed version discharges', async () => {
    await tell(facts.device(1, { factsRevision: 2, osVersion: '12.6' }));
    await until(1, 'PlanChanged');
    expect((await names(1)).slice(-2)).toEqual(['ObligationClosed', 'PlanChanged']);
    expect(await plan(1)).toMatchObject({ status: 'compliant', factsRevision: 2 });
    expect(
      await others.ask<OpenObligationAnswer>('mos.rpc.deadlines.open_obligation', { deviceId: macId(1) }),
    ).toMatchObject({ obligationId: null, status: 'compliant', target: null });
  });

  it('tells the others everything but its timers, once', async () => {
    const last = ['obligation_closed', 'plan_changed'];
    await eventually(async () => (await others.heard(macId(1))).slice(-2).join() === last.join(), 'the relay');
    expect((await others.heard(macId(1))).filter((name) => name !== 'plan_changed')).toEqual([
      'obligation_opened',
      'notify_from_reached',
      'deadline_reached',
      'countdown_ended',
      'obligation_closed',
    ]);
  });
});

describe('what is taken back (Q38)', () => {
  it('Q38 S44 an assignment that ends in the middle of the countdown cancels it at once', async () => {
    await tell(facts.moved(2, 1), facts.device(2));
    // Its deadline is past: both moments come at once, then a full countdown (Q24).
    await until(2, 'TimerSet countdown');
    await tell(facts.unassigned(1, 1));
    await until(2, 'TimerCancelled countdown');
    expect((await names(2)).slice(-3)).toEqual(['ObligationClosed', 'PlanChanged', 'TimerCancelled countdown']);
    expect(
      await others.ask<OpenObligationAnswer>('mos.rpc.deadlines.open_obligation', { deviceId: macId(2) }),
    ).toMatchObject({ obligationId: null, status: 'not_managed' });
    clock.advance(3_600_000);
    expect(await nothingIsDue()).toBe(true);
  });
});

interface PreviewBody {
  readonly token: string;
  readonly affected: number;
  readonly macs: number;
  readonly effects: Readonly<Record<string, number>>;
  readonly items: readonly { readonly deviceId: string; readonly after: { readonly deadline: string } | null }[];
  readonly code: string;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
}

describe('before anything is saved', () => {
  const PREVIEW = '/api/deadlines/preview';
  const enforcement = {
    ...{ mode: 'manual', minimumVersion: '12.5.1', deadlineDate: '2022-12-24', time: '10:00' },
    clock: { zone: 'Europe/Paris' },
  };
  const ask = (body: object) => service.api<PreviewBody>('POST', PREVIEW, body);

  it('X4 a preview says which Macs would owe what, and gives the token with which the very same can be saved', async () => {
    await tell(facts.assigned(20, 20), facts.moved(20, 20), facts.device(20), facts.moved(21, 20), facts.device(21));
    await until(21, 'PlanChanged');
    await service.caughtUp();
    const change = { kind: 'enforcement', itemId: itemId(20), os: '12', revision: '1', enforcement };
    const { status, body } = await ask(change);
    expect([status, body.macs, body.affected, body.effects['due']]).toEqual([200, 2, 2, 2]);
    expect(body.items.map(({ after }) => after?.deadline)).toEqual(Array(2).fill('2022-12-24T09:00:00.000Z'));
    const saved = {
      kind: 'enforcement' as const,
      values: { itemId: itemId(20), os: '12', enforcement },
      revision: '1',
    };
    const { token } = body;
    requirePreview(TEST_PREVIEW_KEY, { token, confirm: 2 }, saved, realTime.now());
    const other = { ...saved, values: { ...saved.values, enforcement: { ...enforcement, time: '11:00' } } };
    expect(() => requirePreview(TEST_PREVIEW_KEY, { token, confirm: 2 }, other, realTime.now())).toThrow('409');
    expect((await ask({ ...change, limit: 1 })).body.items).toHaveLength(1);
    expect((await eventsOf(20)).map(({ data }) => data.type)).toEqual(['PlanChanged']);
  });

  it.each([
    ['a kind', { kind: 'wish', itemId: itemId(1) }, '/kind'],
    ['what an assignment needs', { kind: 'assignment', itemId: itemId(1) }, '/blueprintId'],
    ['what an override needs', { kind: 'override', itemId: itemId(1), version: '12.6' }, '/revision'],
    [
      'a field of the enforcement',
      {
        ...{ kind: 'enforcement', itemId: itemId(1), os: '12', revision: '1' },
        enforcement: { ...enforcement, time: '25:00' },
      },
      '/enforcement/time',
    ],
    [
      'a field that no enforcement has',
      { kind: 'enforcement', itemId: itemId(1), os: '12', revision: '1', enforcement: { ...enforcement, colour: 1 } },
      '/enforcement/colour',
    ],
  ])('names %s that is wrong', async (_, body, pointer) => {
    const answer = await ask(body);
    expect([answer.status, answer.body.errors.map((error) => error.pointer)]).toEqual([400, [pointer]]);
  });

  it('X5 a dry run says who would have been forced when, twice the same', async () => {
    const policy = { os: '12', enforcement: { ...enforcement, deadlineDate: '2022-09-02' }, since: '2022-09-01' };
    const run = () =>
      service.api<{ forced: readonly { deviceId: string }[] }>('POST', '/api/deadlines/dry-run', policy);
    const { status, body } = await run();
    expect(status).toBe(200);
    expect(body.forced.map(({ deviceId }) => deviceId)).toEqual(expect.arrayContaining([macId(1), macId(2)]));
    expect((await run()).body).toEqual(body);
    const wrong = await service.api<PreviewBody>('POST', '/api/deadlines/dry-run', { ...policy, since: '2022-02-30' });
    expect([wrong.status, wrong.body.errors[0]?.pointer]).toEqual([400, '/since']);
  });

  it('X14 a proposed change of the feed is answered with what it would do to whom, once though it comes twice', async () => {
    await tell(facts.assigned(30, 30), facts.moved(30, 30), facts.automatic(30, '13', 'P1W'), facts.device(30));
    await until(30, 'PlanChanged');
    await service.caughtUp();
    const proposalId = macId(900);
    const proposed: Fact<'ReleaseProposed'> = {
      type: 'ReleaseProposed',
      proposalId,
      change: {
        ...{
          change: 'release_added',
          version: '13.0',
          build: '22A380',
          os: '13',
          kind: 'major',
          released: '2020-01-01',
        },
        ...{ supportedDevices: ['J314sAP'], devices: [], installer: true, comboPackage: false },
      },
      seen: clock.now(),
      suspicions: [],
      answerBy: clock.now(),
    };
    await others.tell(proposed, { token: proposalId, time: clock.now() });
    const store = service.app.get<EventStore<DeadlinesEvent>>(EVENT_STORE);
    const stream = () => store.readStream(`proposal-${proposalId}`);
    await eventually(async () => (await others.unread('deadlines', releases)) === 0, 'both copies');
    expect((await stream()).map(({ data }) => data)).toEqual([
      expect.objectContaining({ type: 'ProposalAssessed', proposalId, overdue: 1, flipped: 1, newlyDue: 0 }),
    ]);
    expect((await eventsOf(30)).map(({ data }) => data.type)).toEqual(['PlanChanged']);
  });
});

describe('a restart', () => {
  it('X8 a service that was down across the deadline fires once, late and with the reason', async () => {
    const [bus, database] = await Promise.all([startTestNats(), createTestDatabase({ schema: 'deadlines' })]);
    const neighbours = await openNeighbours(bus.url, deadlines);
    const time = new ManualClock(at('2022-09-01T06:00Z'));
    const env = {
      DATABASE_URL: database.databaseUrl,
      MIGRATION_DATABASE_URL: database.ownerUrl,
      NATS_URL: bus.url,
      LOG_LEVEL: 'error',
      PREVIEW_KEY: TEST_PREVIEW_KEY,
    };
    const start = () => createService(deadlinesService, env, { clock: time });
    const stored = async ({ app }: RunningService) =>
      (await app.get<EventStore<DeadlinesEvent>>(EVENT_STORE).readStream(`obligations-${macId(1)}`)).map(
        ({ data }) => data,
      );
    const reached = async (running: RunningService, type: string) =>
      eventually(async () => (await stored(running)).at(-1)?.type === type, type);

    const before = await start();
    await tellVia(
      neighbours,
      time.now(),
      ...[facts.released('12.6', '2022-09-01'), facts.manual(1, '12.6', '2022-09-16'), facts.assigned(1, 1)],
      ...[facts.moved(1, 1), facts.device(1, { agentInstalled: true })],
    );
    await reached(before, 'TimerSet');
    await before.close();
    time.moveTo(at('2022-09-16T15:00Z'));
    const after = await start();
    await reached(after, 'DeadlineReached');
    expect((await stored(after)).slice(-2)).toEqual([
      expect.objectContaining({
        type: 'NotifyFromReached',
        lateBecause: 'server_down',
        lateSeconds: 5 * 86_400 + 3_600,
      }),
      expect.objectContaining({ type: 'DeadlineReached', lateBecause: 'server_down', lateSeconds: 3_600 }),
    ]);
    await after.close();
    await neighbours.close();
    await bus.stop();
    await database.drop();
  });
});
