import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandRequested, Fixture, obligationOf, until } from '../testing/fixture.js';
import { available, scanned } from '../testing/said.js';
import { conversationContract } from './conversation.contract.js';

conversationContract(() => Fixture.start());

describe('a Mac that speaks to this server', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start();
  });
  afterAll(() => fixture.close());

  describe('a conversation', () => {
    it('a reply to news is held for the next command, so that one push serves a whole conversation', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac));
      const first = await mac.idle();
      const answering = mac.acknowledge(first.commandUuid, scanned);
      await until(async () => (await fixture.named(mac, 'CommandAnswered')).length === 1);
      await fixture.request(commandRequested(mac, { kind: 'available' }));
      const second = await answering;
      expect(second.requestType).toBe('AvailableOSUpdates');
      await mac.acknowledge(second.commandUuid, available);
      expect((await fixture.named(mac, 'CommandAnswered')).at(-1)).toMatchObject({
        available: [{ productKey: 'MSU', version: '12.6', majorOsUpdate: false }],
      });
    });

    it('a status nobody has heard of leaves the command open', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac));
      const { commandUuid } = await mac.idle();
      expect(await mac.connect('Pondering', commandUuid)).toMatchObject({ status: 200 });
      expect((await mac.idle()).commandUuid).toBe(commandUuid);
    });
  });

  describe('NotNow (trap 2)', () => {
    it('is told once; the command stays, nothing else is sent after it, and it goes out again in the next conversation', async () => {
      const mac = await fixture.enrolledMac();
      const first = await fixture.requested(commandRequested(mac));
      await fixture.requested(commandRequested(mac, { kind: 'available' }));
      await mac.idle();
      expect(await mac.connect('NotNow', first)).toMatchObject({ status: 200, text: '' });
      const second = await mac.idle();
      expect(second.requestType).toBe('AvailableOSUpdates');
      // It is awake and listens: behind what is new, and without a push that would come hours later.
      const third = await mac.acknowledge(second.commandUuid, available);
      expect(third.commandUuid).toBe(first);
      await mac.connect('NotNow', first);
      await mac.connect('NotNow', first);
      expect(await fixture.named(mac, 'CommandDeferred')).toMatchObject([
        { commandId: first, command: { kind: 'scan' } },
      ]);
      await mac.acknowledge((await mac.idle()).commandUuid, scanned);
      expect(await fixture.named(mac, 'CommandAnswered')).toHaveLength(2);
    });

    it('a deferred command can be withdrawn', async () => {
      const mac = await fixture.enrolledMac();
      const commandId = await fixture.requested(commandRequested(mac));
      await mac.connect('NotNow', (await mac.idle()).commandUuid);
      await fixture.request({
        type: 'CommandsWithdrawn',
        deviceId: mac.deviceId,
        obligationId: obligationOf(mac),
        attempt: 1,
      });
      await until(async () => (await fixture.named(mac, 'CommandNotSent')).length === 1);
      expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ commandId, reason: 'withdrawn' }]);
      expect(await mac.idle()).toMatchObject({ text: '' });
    });
  });

  describe('CommandFormatError', () => {
    it('without an id it is about what was sent last', async () => {
      const mac = await fixture.enrolledMac();
      const commandId = await fixture.requested(commandRequested(mac));
      await mac.idle();
      expect((await mac.connect('CommandFormatError')).status).toBe(200);
      expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([{ commandId, outcome: 'format_error' }]);
    });
  });

  describe('commands that do not go out', () => {
    it('withdrawn when the Mac already has it: not sent again, its answer still counts', async () => {
      const mac = await fixture.enrolledMac();
      const commandId = await fixture.requested(commandRequested(mac));
      await mac.idle();
      await fixture.request({
        type: 'CommandsWithdrawn',
        deviceId: mac.deviceId,
        obligationId: obligationOf(mac),
        attempt: 1,
      });
      await until(async () => (await stateOf(commandId)) === 'not_sent');
      expect(await mac.idle()).toMatchObject({ text: '' });
      await mac.acknowledge(commandId, scanned);
      expect(await fixture.named(mac, 'CommandNotSent')).toEqual([]);
      expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([{ commandId, outcome: 'acknowledged' }]);
    });
  });

  const stateOf = async (commandId: string) =>
    (await fixture.db.selectFrom('commands').select('state').where('command_id', '=', commandId).executeTakeFirst())
      ?.state;
});
