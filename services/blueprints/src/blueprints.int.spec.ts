import { Module } from '@nestjs/common';
import {
  type BlueprintsEvent,
  devices,
  type DevicesEvent,
  type LibraryEvent,
  library,
  type Envelope,
  type Context,
  type AnyEvent,
} from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { delivered } from '@managed-os/event-bus/testing';
import type { EventStore } from '@managed-os/event-store';
import { RandomIds, SystemClock } from '@managed-os/kernel';
import { eventually } from '@managed-os/kernel/testing';
import { EVENT_STORE, ServiceConfig, type ServiceDefinition } from '@managed-os/service-host';
import { previewHeaders, startTestService, type TestService } from '@managed-os/service-host/testing';
import { UNASSIGNED } from './blueprints/blueprint.decider.js';
import type { BlueprintView } from './blueprints/blueprints.js';
import { Consumers } from './consumers/consumers.controller.js';
import type { Member } from './memberships/memberships.js';
import { blueprintsService } from './service.js';

const BLUEPRINTS = '/api/blueprints';
const ids = new RandomIds();
const clock = new SystemClock();

@Module({})
class NothingModule {}

/** A service that only publishes: what the others look like from here. */
const publisher = (name: string, context: Context): ServiceDefinition => ({
  name,
  context,
  config: ServiceConfig,
  migrations: new URL('./migrations/', import.meta.url),
  projections: [],
  module: NothingModule,
});

let service: TestService;
let dispatcher: TestService;
let libraries: TestService;
beforeAll(async () => {
  service = await startTestService(blueprintsService);
  const { natsUrl } = service;
  dispatcher = await startTestService(publisher('dispatcher', devices), { natsUrl });
  libraries = await startTestService(publisher('library', library), { natsUrl });
});
afterAll(async () => {
  await Promise.all([dispatcher.close(), libraries.close()]);
  await service.close();
});

const create = async (name: string): Promise<BlueprintView> =>
  (await service.api<BlueprintView>('POST', BLUEPRINTS, { name })).body;
const list = async () => (await service.api<{ items: readonly BlueprintView[] }>('GET', BLUEPRINTS)).body.items;
const get = async (id: string) => (await service.api<BlueprintView>('GET', `${BLUEPRINTS}/${id}`)).body;
const assign = (blueprintId: string, itemId: string, headers?: Readonly<Record<string, string>>) =>
  service.api<BlueprintView & { readonly code: string }>(
    'PUT',
    `${BLUEPRINTS}/${blueprintId}/items/${itemId}`,
    undefined,
    headers ?? previewHeaders({ kind: 'assignment', values: { blueprintId, itemId } }),
  );
const move = (deviceId: string, id: string) => service.api('PUT', `${BLUEPRINTS}/${id}/devices/${deviceId}`);
const membersOf = async (id: string) =>
  (await service.api<{ items: readonly Member[] }>('GET', `${BLUEPRINTS}/${id}/devices`)).body.items;
const movesOf = (deviceId: string): Promise<readonly Envelope<BlueprintsEvent>[]> =>
  service.app.get<EventStore<BlueprintsEvent>>(EVENT_STORE).readStream(`blueprint_membership-${deviceId}`);
const publish = async <E extends AnyEvent>(from: TestService, stream: string, event: E): Promise<void> => {
  const cause = { correlationId: ids.next(), actor: 'service:test', time: clock.now(), idOf: () => ids.next() };
  await from.app.get<EventStore<E>>(EVENT_STORE).append({ stream, expected: 'any', events: [event], cause });
};
const enrolled = (deviceId: string): DevicesEvent => ({
  type: 'DeviceEnrolled',
  deviceId,
  udid: `udid of ${deviceId}`,
  again: false,
});

describe('Blueprints over HTTP', () => {
  it('has Unassigned from the beginning, which nobody changes', async () => {
    expect((await list())[0]).toEqual({ ...UNASSIGNED, builtIn: true, items: [], devices: 0, revision: '0' });
    const path = `${BLUEPRINTS}/${UNASSIGNED.id}`;
    const etag = { 'if-match': '"0"' };
    const answers = await Promise.all([
      service.api('PATCH', path, { name: 'Everybody' }, etag),
      service.api('DELETE', path, undefined, etag),
      assign(UNASSIGNED.id, ids.next()),
    ]);
    expect(answers.map(({ status, body }) => [status, (body as { readonly code?: string }).code])).toEqual(
      Array(3).fill([409, 'blueprint-is-built-in']),
    );
  });

  it('S52 S56 creates one and assigns an item to it; Q26 the item may be on several', async () => {
    const [first, second] = [await create('Design'), await create('Sales')];
    const itemId = ids.next();
    for (const { id } of [first, second]) {
      const { status, body } = await assign(id, itemId);
      expect([status, body.items, body.revision]).toEqual([200, [itemId], '2']);
    }
    const again = await assign(first.id, itemId, {});
    expect(again.body.revision).toBe('2');
    expect((await list()).map(({ name, items }) => [name, items])).toEqual([
      ['Unassigned', []],
      ['Design', [itemId]],
      ['Sales', [itemId]],
    ]);
    const without = await service.api<BlueprintView>('DELETE', `${BLUEPRINTS}/${first.id}/items/${itemId}`);
    expect(without.body.items).toEqual([]);
  });

  it('X4 assigns nothing without the token of a preview of this very assignment', async () => {
    const { id } = await create('Unseen');
    const [itemId, other] = [ids.next(), ids.next()];
    const answers = [
      await assign(id, itemId, {}),
      await assign(id, itemId, previewHeaders({ kind: 'assignment', values: { blueprintId: id, itemId: other } })),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [428, 'preview-required'],
      [409, 'preview-of-another-change'],
    ]);
    expect((await get(id)).items).toEqual([]);
  });

  it('refuses a name that is taken, whatever its case, right after it was given', async () => {
    await create('Finance');
    const answer = await service.api<{ code: string }>('POST', BLUEPRINTS, { name: 'FINANCE' });
    expect([answer.status, answer.body.code]).toEqual([409, 'name-taken']);
    expect((await service.api('POST', BLUEPRINTS, { name: 'unassigned' })).status).toBe(409);
  });

  it('answers 412 to a stale ETag, 428 to none, 400 to a malformed body, 404 to an unknown one', async () => {
    const { id } = await create('Support');
    const path = `${BLUEPRINTS}/${id}`;
    expect((await service.api('PATCH', path, { name: 'Help desk' }, { 'if-match': '"1"' })).status).toBe(200);
    expect((await service.api('PATCH', path, { name: 'Desk' }, { 'if-match': '"1"' })).status).toBe(412);
    expect((await service.api('PATCH', path, { name: 'Desk' })).status).toBe(428);
    expect((await service.api('PATCH', path, { name: '' }, { 'if-match': '"2"' })).status).toBe(400);
    expect((await service.api('GET', `${BLUEPRINTS}/${ids.next()}`)).status).toBe(404);
    expect((await move(ids.next(), ids.next())).status).toBe(404);
  });

  it('answers a repeated request with the first one’s Blueprint', async () => {
    const key = { 'idempotency-key': 'create-once' };
    const first = await service.api<BlueprintView>('POST', BLUEPRINTS, { name: 'Legal' }, key);
    const second = await service.api<BlueprintView>('POST', BLUEPRINTS, { name: 'Legal' }, key);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
  });

  it('moves a Mac, also one that has not enrolled; it is in exactly one Blueprint', async () => {
    const [here, there] = [await create('Here'), await create('There')];
    const deviceId = ids.next();
    expect((await move(deviceId, here.id)).body).toEqual({ deviceId, blueprintId: here.id });
    await move(deviceId, here.id);
    await move(deviceId, there.id);
    await service.caughtUp();
    expect(await membersOf(here.id)).toEqual([]);
    expect(await membersOf(there.id)).toMatchObject([{ deviceId }]);
    expect((await get(there.id)).devices).toBe(1);
    expect(await movesOf(deviceId)).toHaveLength(2);
  });

  it('removes only what no Mac is in, and says how many are', async () => {
    const { id } = await create('Old ring');
    const deviceId = ids.next();
    await move(deviceId, id);
    await service.caughtUp();
    const etag = { 'if-match': '"1"' };
    const key = { 'idempotency-key': 'remove it' };
    const refused = await service.api('DELETE', `${BLUEPRINTS}/${id}`, undefined, { ...etag, ...key });
    expect([refused.status, refused.body['code'], refused.body['devices']]).toEqual([409, 'blueprint-not-empty', 1]);
    await move(deviceId, UNASSIGNED.id);
    await service.caughtUp();
    expect((await service.api('DELETE', `${BLUEPRINTS}/${id}`, undefined, { ...etag, ...key })).status).toBe(204);
    expect((await service.api('GET', `${BLUEPRINTS}/${id}`)).status).toBe(404);
    expect((await list()).some((blueprint) => blueprint.id === id)).toBe(false);
  });

  it('leaves no Mac in a Blueprint that is removed at the same moment', async () => {
    const { id } = await create('Race');
    const macs = Array.from({ length: 8 }, () => ids.next());
    await Promise.all([
      ...macs.map((deviceId) => move(deviceId, id)),
      service.api('DELETE', `${BLUEPRINTS}/${id}`, undefined, { 'if-match': '"1"' }),
    ]);
    await service.caughtUp();
    const exists = (await service.api('GET', `${BLUEPRINTS}/${id}`)).status === 200;
    const lasts = await Promise.all(macs.map(async (deviceId) => (await movesOf(deviceId)).at(-1)?.data));
    const left = lasts.filter((last) => last?.type === 'DeviceMoved' && last.blueprintId === id);
    expect(exists ? [] : left).toEqual([]);
  });
});

describe('what the other services say', () => {
  it('a Mac that enrolls is Unassigned, by a message over the bus', async () => {
    const deviceId = ids.next();
    await publish(dispatcher, `enrollment-${deviceId}`, enrolled(deviceId));
    await eventually(async () => (await movesOf(deviceId)).length > 0);
    const [moved] = await movesOf(deviceId);
    expect(moved).toMatchObject({ actor: 'service:blueprints', data: { blueprintId: UNASSIGNED.id } });
    expect(moved?.causationId).toBeDefined();
  });

  it('a Mac that was placed before it enrolls stays there', async () => {
    const { id } = await create('Prepared');
    const [early, witness] = [ids.next(), ids.next()];
    await move(early, id);
    await publish(dispatcher, `enrollment-${early}`, enrolled(early));
    await publish(dispatcher, `enrollment-${witness}`, enrolled(witness));
    await eventually(async () => (await movesOf(witness)).length > 0);
    await service.caughtUp();
    expect(await membersOf(id)).toMatchObject([{ deviceId: early }]);
  });

  it('the same message twice moves once', async () => {
    const consumers = service.app.get(Consumers);
    const deviceId = ids.next();
    const event = enrolled(deviceId) as Extract<DevicesEvent, { type: 'DeviceEnrolled' }>;
    const message = delivered(envelopeOf(event, { id: ids.next(), subject: `enrollment-${deviceId}` }));
    expect(await consumers.onDeviceEnrolled(message)).toEqual({ kind: 'done' });
    await move(deviceId, (await create('Later')).id);
    expect(await consumers.onDeviceEnrolled(message)).toEqual({ kind: 'done' });
    expect(await movesOf(deviceId)).toHaveLength(2);
  });

  it('an item that left the Library leaves every Blueprint, once', async () => {
    const itemId = ids.next();
    const blueprints = [await create('With it'), await create('Also with it')];
    for (const { id } of blueprints) await assign(id, itemId);
    const removed: LibraryEvent = { type: 'ItemRemoved', itemId, os: '12' };
    await publish(libraries, `library_item-${itemId}`, removed);
    await eventually(async () =>
      (await Promise.all(blueprints.map(({ id }) => get(id)))).every(({ items }) => items.length === 0),
    );
    const message = delivered(envelopeOf(removed, { id: ids.next(), subject: `library_item-${itemId}` }));
    await service.app.get(Consumers).onItemRemoved(message);
    await service.app.get(Consumers).onItemRemoved(message);
    expect((await Promise.all(blueprints.map(({ id }) => get(id)))).map(({ revision }) => revision)).toEqual([
      '3',
      '3',
    ]);
  });
});
