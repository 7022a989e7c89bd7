import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deviceUpdate, type UpdateEvent } from '@managed-os/device-update';
import * as mac from '@managed-os/device-update/testing';
import type { EventStore } from '@managed-os/event-store';
import { eventually } from '@managed-os/kernel/testing';
import { DATABASE, EVENT_STORE } from '@managed-os/service-host';
import { type Kysely, sql } from 'kysely';
import type { DeviceListAnswer } from './devices/devices.bodies.js';
import type { ProgressTables } from './tables.js';
import { enrolled, facts, macId, of, openProgress, type Progress } from './testing/fixture.js';

const { answered, command, later, NOTIFY_FROM, DEADLINE, COUNTDOWN_END, START } = mac;

let progress: Progress;
beforeAll(async () => {
  progress = await openProgress();
}, 60_000);
afterAll(() => progress?.close());

describe('a whole update, every message delivered twice', () => {
  it('S48 X11 a Mac that enrolls is unknown until its facts and its plan are there', async () => {
    await progress.tell(enrolled(1, 'MacBook 1'));
    expect(await progress.device()).toMatchObject({
      name: 'MacBook 1',
      serialNumber: 'C021',
      status: 'unknown',
      osVersion: null,
    });
    await progress.tell(facts(1, '12.3', 1, 'MacBook 1'), mac.plan());
    expect(await progress.device()).toMatchObject({
      osVersion: '12.3',
      status: 'due',
      stage: 'waiting',
      overdue: false,
      floor: '12.5.1',
      target: '12.5.1',
      deadline: DEADLINE,
      deadlineLocal: '2022-09-16T16:00:00',
      zone: 'Europe/Paris',
      nextAt: NOTIFY_FROM,
      whoActsNext: 'us',
      itemId: mac.ITEM,
      blueprintId: mac.BLUEPRINT,
    });
  });

  it('S18 S19 S66 five days before the deadline it looks for the update and downloads it', async () => {
    await progress.tell(mac.notifyFromReached(), ...mac.candidateFound());
    expect(await progress.device()).toMatchObject({ stage: 'caching', since: NOTIFY_FROM });
    expect((await progress.events()).at(-1)).toMatchObject({
      type: 'CommandRequested',
      kind: 'download',
      installAction: 'DownloadOnly',
    });
  });

  it('S23 S24 S26 Q12 Q13 three tries that do not move: cached, as is assumed', async () => {
    await progress.tell(...mac.stuckTry(1), ...mac.stuckTry(2), ...mac.stuckTry(3));
    expect(await progress.device()).toMatchObject({ stage: 'cached_assumed', nextAt: DEADLINE });
  });

  it('S16 Q8 6b the deadline, the countdown of the server, one install', async () => {
    await progress.tell(mac.deadlineReached());
    expect(await progress.device()).toMatchObject({ stage: 'countdown', overdue: true, nextAt: COUNTDOWN_END });
    await progress.tell(mac.countdownEnded());
    expect(await progress.device()).toMatchObject({ stage: 'installing', whoActsNext: 'mac' });
    expect((await progress.events()).filter(({ type }) => type === 'InstallRequested')).toHaveLength(1);
  });

  it('S17 Q9 X11 a long silence is a restart, and only the version seen makes it compliant', async () => {
    await progress.tell(
      answered(
        command('install'),
        { results: [mac.result('Installing', { installAction: 'InstallASAP' })] },
        later(COUNTDOWN_END, 5),
      ),
      mac.watchSilent(mac.watchId('install'), later(COUNTDOWN_END, 250)),
    );
    expect(await progress.device()).toMatchObject({ stage: 'restarting' });
    expect((await progress.compliance()).compliant).toBe(0);
    await progress.tell(
      mac.reported(mac.watchId('install'), 1, [], later(COUNTDOWN_END, 300), { osVersion: '12.5.1', osBuild: '21G83' }),
    );
    expect(await progress.device()).toMatchObject({ stage: 'verifying', overdue: false, osVersion: '12.5.1' });
    const [, plan] = await progress.tell(
      facts(1, '12.5.1', 2, 'MacBook 1', later(COUNTDOWN_END, 301)),
      mac.idlePlan('compliant', { factsRevision: 2, osVersion: '12.5.1' }, later(COUNTDOWN_END, 302)),
    );
    const seen = await progress.device();
    expect(seen).toMatchObject({ status: 'compliant', stage: null, floor: null, whoActsNext: 'nobody' });
    expect(seen.because).toContain(plan);
    expect(await progress.compliance()).toMatchObject({
      devices: 1,
      compliant: 1,
      owed: 0,
      byStatus: { compliant: 1 },
    });
  });

  it('X2 its timeline is a chain without a hole: every entry of ours names an entry that caused it', async () => {
    const { items, next } = await progress.timelineOf();
    expect(next).toBeNull();
    const known = new Set(items.map(({ eventId }) => eventId));
    expect(known.size).toBe(items.length);
    const ours = items.filter(({ context }) => context === 'updates');
    expect(ours.length).toBe((await progress.events()).length);
    for (const { causationId } of ours) expect(known).toContain(causationId);
    expect(items.map(({ entry }) => entry)).toEqual(items.map((_, i) => i + 1));
    const sentences = items.map(({ sentence }) => sentence);
    expect(sentences).toContain('The deadline was reached.');
    expect(sentences).toContain('Attempt 1 is over: macOS 12.5.1 is verified.');
    for (const sentence of sentences) expect(sentence).toMatch(/\.$/);
    const because = new Set((await progress.device()).because);
    expect(items.filter(({ eventId }) => because.has(eventId)).map(({ event }) => event)).toEqual([
      'PlanChanged',
      'StandingChanged',
    ]);
  });

  it('publishes what happened, in order', async () => {
    const happened = (await progress.events()).length;
    await eventually(async () => (await progress.others.heard(macId(1))).length >= happened, 'the relay');
    const heard = await progress.others.heard(macId(1));
    expect([heard.length, heard.at(-1)]).toEqual([happened, 'standing_changed']);
  });

  it('pages through the timeline', async () => {
    const first = await progress.timelineOf(1, '?limit=5');
    expect(first.items.map(({ entry }) => entry)).toEqual([1, 2, 3, 4, 5]);
    expect(first.next).toBe(5);
    expect((await progress.timelineOf(1, '?limit=5&after=5')).items[0]?.entry).toBe(6);
  });
});

describe('a fleet', () => {
  const blocked = (n: number) => of(n, mac.plan({ status: 'blocked', reason: 'not_supervised' }));

  it('counts by Blueprint; silence is unknown, and Macs that left are not counted', async () => {
    await progress.tell(
      ...[enrolled(2, 'Air 2'), facts(2, '12.3', 1, 'Air 2'), of(2, mac.plan())],
      ...[enrolled(3, 'Mini 3'), facts(3, '12.3', 1, 'Mini 3'), blocked(3)],
      ...[enrolled(4, 'Studio 4'), facts(4, '12.3', 1, 'Studio 4'), of(4, mac.plan({ blueprintId: mac.OBLIGATION }))],
      ...[enrolled(5, 'Pro 5'), facts(5, '12.3', 1, 'Pro 5'), of(5, mac.idlePlan('not_managed', { factsRevision: 1 }))],
      of(4, mac.input({ type: 'DeviceSilent', deviceId: macId(4), since: START })),
    );
    expect(await progress.compliance()).toMatchObject({ devices: 5, compliant: 1, owed: 2, unknown: 1, notManaged: 1 });
    await progress.tell(of(3, mac.input({ type: 'DeviceUnenrolled', deviceId: macId(3), reason: 'checked_out' })));
    const { items, ...all } = await progress.compliance();
    expect(all).toMatchObject({ devices: 4, owed: 1 });
    expect(items.find(({ blueprintId }) => blueprintId === mac.OBLIGATION)).toMatchObject({
      devices: 1,
      unknown: 1,
      owed: 0,
    });
    expect(await progress.device(4)).toMatchObject({ status: 'due', unknownSince: START });
    expect(await progress.device(3)).toMatchObject({ enrolled: false });
  });

  it('S7 Q2 lists by name, filters, and pages by a key', async () => {
    const list = async (query = '') =>
      (await progress.service.api<DeviceListAnswer>('GET', `/api/devices${query}`)).body;
    const names = ({ items }: DeviceListAnswer) => items.map(({ name }) => name);
    const all = await list();
    expect(names(all)).toEqual(['Air 2', 'MacBook 1', 'Mini 3', 'Pro 5', 'Studio 4']);
    expect(names(await list('?status=due'))).toEqual(['Air 2', 'Studio 4']);
    expect(names(await list(`?blueprintId=${mac.OBLIGATION}`))).toEqual(['Studio 4']);
    const first = await list('?limit=2');
    const second = await list(`?limit=2&after=${first.next}`);
    const third = await list(`?limit=2&after=${second.next}`);
    expect([first, second, third].flatMap(names)).toEqual(names(all));
    expect(third.next).toBeNull();
  });

  it('answers 404 for a Mac that nobody heard of, 400 to what makes no sense', async () => {
    const unknown = macId(99);
    for (const path of [`/api/devices/${unknown}`, `/api/devices/${unknown}/timeline`])
      expect((await progress.service.api('GET', path)).body).toMatchObject({ status: 404, code: 'unknown-mac' });
    for (const path of ['/api/devices/me', '/api/devices?after=x', '/api/devices?limit=0', '/api/devices?colour=red'])
      expect((await progress.service.api('GET', path)).status).toBe(400);
    expect((await progress.service.api('GET', '/api/devices', undefined, { authorization: '' })).status).toBe(401);
  });

  it('describes itself', async () => {
    const { body } = await progress.service.api<{ paths: Record<string, unknown> }>(
      'GET',
      '/api/progress/openapi.json',
    );
    const own = Object.keys(body.paths).filter((path) => !path.startsWith('/api/stores/updates/'));
    expect(own.toSorted()).toEqual([
      '/api/devices',
      '/api/devices/{deviceId}',
      '/api/devices/{deviceId}/timeline',
      '/api/updates/compliance',
      '/api/updates/failures',
    ]);
  });
});

describe('what was written once is written for good', () => {
  const readModels = async () => {
    const db = progress.service.app.get<Kysely<ProgressTables>>(DATABASE);
    return {
      devices: await db.selectFrom('devices').selectAll().orderBy('device_id').execute(),
      timeline: await db.selectFrom('timeline').selectAll().orderBy('device_id').orderBy('entry').execute(),
      failures: await db.selectFrom('failures').selectAll().orderBy('device_id').orderBy('said').execute(),
    };
  };

  it('X3 the state shown is the state that decides, from the start and from the last close', async () => {
    const { devices } = await readModels();
    const store = progress.service.app.get<EventStore<UpdateEvent>>(EVENT_STORE);
    for (const { device_id, state } of devices) {
      const stream = `device_update-${device_id}`;
      const all = (await store.readStream(stream)).map(({ data }) => data);
      expect(all.reduce(deviceUpdate.evolve, deviceUpdate.initial)).toEqual(state);
      expect((await store.load(stream, deviceUpdate)).state).toEqual(state);
    }
  });

  it('projections rebuilt from the log and the inbox are equal', async () => {
    const before = await readModels();
    const db = progress.service.app.get<Kysely<ProgressTables>>(DATABASE);
    await sql`update checkpoints set version = 0`.execute(db);
    await progress.service.restart();
    await progress.service.caughtUp();
    expect(await readModels()).toEqual(before);
    expect(before.timeline.length).toBeGreaterThan(60);
  }, 60_000);
});
