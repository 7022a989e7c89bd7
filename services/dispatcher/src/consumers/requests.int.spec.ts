import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Envelope, Fact, UpdatesEvent } from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { addMillis, reactionId } from '@managed-os/kernel';
import { commandRequested, DAY, Fixture, obligationOf, until } from '../testing/fixture.js';
import type { TestMac } from '../testing/test-mac.js';
import { RequestsConsumer } from './requests.consumer.js';

let fixture: Fixture;
let count = 0;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.close());

const message = <E extends UpdatesEvent>(event: E): Envelope<E> => {
  count += 1;
  return envelopeOf(event, { id: reactionId('message', count) }) as Envelope<E>;
};
const consumer = () => fixture.service.app.get(RequestsConsumer);
const rows = (mac: TestMac) =>
  fixture.db
    .selectFrom('commands')
    .selectAll()
    .where('device_id', '=', mac.deviceId)
    .where('request_id', 'is not', null)
    .execute();

describe('every message delivered twice', () => {
  it('CommandRequested: one command, also when the first one is over', async () => {
    const mac = await fixture.enrolledMac();
    const request = message(commandRequested(mac));
    expect(await consumer().onCommandRequested(request)).toEqual({ kind: 'done' });
    expect(await consumer().onCommandRequested(request)).toEqual({ kind: 'done' });
    expect(await rows(mac)).toHaveLength(1);
    await mac.acknowledge((await mac.idle()).commandUuid, '<key>ScanInitiated</key><true/>');
    await consumer().onCommandRequested(request);
    expect(await mac.idle()).toMatchObject({ text: '' });
    expect(await fixture.named(mac, 'CommandAnswered')).toHaveLength(1);
  });

  it('the same request under another id is no second command (device, obligation, attempt, kind, try)', async () => {
    const mac = await fixture.enrolledMac();
    await consumer().onCommandRequested(message(commandRequested(mac)));
    await consumer().onCommandRequested(message(commandRequested(mac)));
    expect(await rows(mac)).toHaveLength(1);
    await consumer().onCommandRequested(message(commandRequested(mac, { try: 2 })));
    expect(await rows(mac)).toHaveLength(2);
  });

  it('CommandsWithdrawn: told once; the request delivered again does not bring the command back', async () => {
    const mac = await fixture.enrolledMac();
    const request = message(commandRequested(mac));
    await consumer().onCommandRequested(request);
    const withdrawn = message({
      type: 'CommandsWithdrawn',
      deviceId: mac.deviceId,
      obligationId: obligationOf(mac),
      attempt: 1,
    } as Fact<'CommandsWithdrawn'>);
    await consumer().onCommandsWithdrawn(withdrawn);
    await consumer().onCommandsWithdrawn(withdrawn);
    await consumer().onCommandRequested(request);
    expect(await fixture.named(mac, 'CommandNotSent')).toHaveLength(1);
    expect(await mac.idle()).toMatchObject({ text: '' });
  });

  it('WatchRequested and WatchClosed: one watch, one poll, one end', async () => {
    const mac = await fixture.enrolledMac();
    const watchId = reactionId('watch', mac.deviceId);
    const request = message({
      type: 'WatchRequested',
      deviceId: mac.deviceId,
      watchId,
      obligationId: obligationOf(mac),
      attempt: 1,
      try: 1,
      subject: 'download',
      intervalSeconds: 600,
      longestIntervalSeconds: 3600,
      silentAfterSeconds: 43_200,
      stopAfter: addMillis(fixture.clock.now(), DAY),
    } as Fact<'WatchRequested'>);
    const polls = () => fixture.db.selectFrom('commands').select('state').where('watch_id', '=', watchId).execute();
    await consumer().onWatchRequested(request);
    await consumer().onWatchRequested(request);
    expect(await polls()).toHaveLength(1);
    const closed = message({ type: 'WatchClosed', deviceId: mac.deviceId, watchId } as Fact<'WatchClosed'>);
    await consumer().onWatchClosed(closed);
    await consumer().onWatchClosed(closed);
    await consumer().onWatchRequested(request);
    expect((await polls()).map(({ state }) => state)).toEqual(['not_sent']);
  });
});

describe('requests that cannot be served', () => {
  it('for a Mac that is not here: told, not queued', async () => {
    const mac = fixture.mac();
    await consumer().onCommandRequested(message(commandRequested(mac)));
    expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ reason: 'unenrolled' }]);
  });

  it('of a kind that this version does not know: a dead letter', async () => {
    const mac = await fixture.enrolledMac();
    expect(await consumer().onCommandRequested(message(commandRequested(mac, { kind: 'dance' })))).toMatchObject({
      kind: 'dead',
    });
  });

  it('ended rows stay as long as a request may be repeated, and then go', async () => {
    const mac = await fixture.enrolledMac();
    await consumer().onCommandRequested(message(commandRequested(mac)));
    await mac.acknowledge((await mac.idle()).commandUuid, '<key>ScanInitiated</key><true/>');
    fixture.clock.advance(30 * DAY);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await rows(mac)).toHaveLength(1);
    fixture.clock.advance(2 * DAY);
    await fixture.service.restart();
    await until(async () => (await rows(mac)).length === 0);
  });
});
