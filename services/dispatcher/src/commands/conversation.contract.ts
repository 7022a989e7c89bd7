import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { addMillis } from '@managed-os/kernel';
import {
  commandRequested,
  DAY,
  type Fixture,
  HOUR,
  installRequested,
  MINUTE,
  obligationOf,
  until,
} from '../testing/fixture.js';
import { chain, result, scanned } from '../testing/said.js';

/** What goes to and fro between a Mac and us, whoever it speaks to. */
export const conversationContract = (start: () => Promise<Fixture>): void => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await start();
  });
  afterAll(() => fixture.close());
  beforeEach(() => fixture.owes(undefined));

  describe('a conversation', () => {
    it('a command goes out at the next connect, its answer comes back as one event, and the queue is empty', async () => {
      const mac = await fixture.enrolledMac();
      const commandId = await fixture.requested(commandRequested(mac));
      const reply = await mac.idle();
      expect(reply).toMatchObject({ status: 200, commandUuid: commandId, requestType: 'ScheduleOSUpdateScan' });
      expect(reply.text).toContain('<key>Force</key><true/>');
      expect(await mac.acknowledge(commandId, scanned)).toMatchObject({ status: 200, text: '' });
      expect(await mac.idle()).toMatchObject({ text: '' });
      const command = { obligationId: obligationOf(mac), attempt: 1, kind: 'scan', try: 1 };
      expect(await fixture.named(mac, 'CommandSent')).toEqual([
        { type: 'CommandSent', deviceId: mac.deviceId, commandId, command },
      ]);
      expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([
        { commandId, command, outcome: 'acknowledged', scanInitiated: true },
      ]);
    });

    it('each event names its cause, back to the request', async () => {
      const mac = await fixture.enrolledMac();
      const request = await fixture.request(commandRequested(mac));
      const sent = await until(async () => (await mac.idle()).commandUuid);
      await mac.acknowledge(sent, scanned);
      const log = await fixture.envelopes(mac);
      const [first, second] = log.filter(({ data }) => data.type.startsWith('Command'));
      expect(first).toMatchObject({ causationId: request, correlationId: request, actor: 'service:dispatcher' });
      expect(second).toMatchObject({ causationId: first?.id, correlationId: request, actor: `device:${mac.deviceId}` });
    });

    it('a result that comes again, also after the next command went out, counts once', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac));
      const { commandUuid } = await mac.idle();
      await Promise.all([mac.acknowledge(commandUuid, scanned), mac.acknowledge(commandUuid, scanned)]);
      await mac.acknowledge(commandUuid, scanned);
      await mac.connect('Error', commandUuid, chain);
      expect(await fixture.named(mac, 'CommandAnswered')).toHaveLength(1);
    });

    it('a crash after the event and before the row: the repeated result completes it', async () => {
      const mac = await fixture.enrolledMac();
      const commandId = await fixture.requested(commandRequested(mac));
      await mac.idle();
      await mac.acknowledge(commandId, scanned);
      await fixture.db
        .updateTable('commands')
        .set({ state: 'sent', ended_at: null })
        .where('command_id', '=', commandId)
        .execute();
      expect((await mac.acknowledge(commandId, scanned)).status).toBe(200);
      expect(await fixture.named(mac, 'CommandAnswered')).toHaveLength(1);
      expect(await mac.idle()).toMatchObject({ text: '' });
    });

    it('a crash after the row was taken and before the event: the command is sent again, and told once', async () => {
      const mac = await fixture.enrolledMac();
      const commandId = await fixture.requested(commandRequested(mac));
      await fixture.db
        .updateTable('commands')
        .set({ state: 'sent', sent_at: fixture.clock.now() })
        .where('command_id', '=', commandId)
        .execute();
      expect((await mac.idle()).commandUuid).toBe(commandId);
      expect((await mac.idle()).commandUuid).toBe(commandId);
      expect(await fixture.named(mac, 'CommandSent')).toHaveLength(1);
    });

    it('a Mac that went away in the middle gets the same command under the same id', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac));
      const first = await mac.idle();
      expect((await mac.idle()).text).toBe(first.text);
    });

    it('two ask at once, and a command that is not due yet stays', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac, { notBefore: addMillis(fixture.clock.now(), 2 * MINUTE) }));
      expect(await mac.idle()).toMatchObject({ text: '' });
      fixture.clock.advance(2 * MINUTE);
      const replies = await Promise.all([mac.idle(), mac.idle()]);
      expect(new Set(replies.flatMap((reply) => reply.commandUuid ?? [])).size).toBe(1);
      expect(await fixture.named(mac, 'CommandSent')).toHaveLength(1);
    });

    it('an error is told with its chain', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac));
      await mac.connect('Error', (await mac.idle()).commandUuid, chain);
      expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([
        { outcome: 'error', errors: [{ code: 12021, domain: 'MCMDMErrorDomain', description: 'Unknown command' }] },
      ]);
    });

    it.each([
      ['a command nobody sent', 'c0ffee00-0000-4000-8000-000000000000'],
      ['an id that is none', 'not-an-id'],
    ])('a result of %s is answered with 200', async (_, commandUuid) => {
      const mac = await fixture.enrolledMac();
      expect(await mac.acknowledge(commandUuid)).toMatchObject({ status: 200, text: '' });
      expect(await fixture.named(mac, 'CommandAnswered')).toEqual([]);
    });

    it("another Mac's command is not this one's to answer", async () => {
      const [mac, other] = [await fixture.enrolledMac(), await fixture.enrolledMac()];
      const commandId = await fixture.requested(commandRequested(mac));
      expect(await other.acknowledge(commandId)).toMatchObject({ status: 200, text: '' });
      expect((await mac.idle()).commandUuid).toBe(commandId);
    });

    it('goes on where it was when the service is started again in the middle', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac));
      const { commandUuid } = await mac.idle();
      await fixture.service.restart();
      expect(await mac.acknowledge(commandUuid, scanned)).toMatchObject({ status: 200 });
      await fixture.service.restart();
      expect(await mac.acknowledge(commandUuid, scanned)).toMatchObject({ status: 200 });
      expect(await fixture.named(mac, 'CommandAnswered')).toHaveLength(1);
    });
  });

  describe('CommandFormatError', () => {
    it('is our fault, ends the command, and is never sent again', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac));
      await mac.connect('CommandFormatError', (await mac.idle()).commandUuid);
      expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([{ outcome: 'format_error' }]);
      expect(await mac.idle()).toMatchObject({ text: '' });
    });
  });

  describe('commands that do not go out', () => {
    it('withdrawn before delivery: told, not sent', async () => {
      const mac = await fixture.enrolledMac();
      const commandId = await fixture.requested(commandRequested(mac));
      await fixture.request({
        type: 'CommandsWithdrawn',
        deviceId: mac.deviceId,
        obligationId: obligationOf(mac),
        attempt: 1,
      });
      await until(async () => (await fixture.named(mac, 'CommandNotSent')).length === 1);
      expect(await mac.idle()).toMatchObject({ text: '' });
      expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ commandId, reason: 'withdrawn' }]);
    });

    it('withdrawn by kind: the others stay', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac, { kind: 'download', productKey: 'MSU' }));
      await fixture.requested(commandRequested(mac, { kind: 'available' }));
      await fixture.request({
        type: 'CommandsWithdrawn',
        deviceId: mac.deviceId,
        obligationId: obligationOf(mac),
        attempt: 1,
        kind: 'download',
      });
      await until(async () => (await fixture.named(mac, 'CommandNotSent')).length === 1);
      expect((await mac.idle()).requestType).toBe('AvailableOSUpdates');
    });

    it('expired: told when the time comes, not sent afterwards', async () => {
      const mac = await fixture.enrolledMac();
      const commandId = await fixture.requested(
        commandRequested(mac, { notAfter: addMillis(fixture.clock.now(), HOUR) }),
      );
      fixture.clock.advance(HOUR);
      await until(async () => (await fixture.named(mac, 'CommandNotSent')).length === 1);
      expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ commandId, reason: 'expired' }]);
      expect(await mac.idle()).toMatchObject({ text: '' });
    });

    it('trap 24: nothing of the old update commands for macOS 27', async () => {
      const mac = await fixture.enrolledMac('27.0');
      await fixture.requested(commandRequested(mac));
      expect(await mac.idle()).toMatchObject({ text: '' });
      expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ reason: 'not_supported' }]);
    });

    it('a report that was not told before a crash is told at the next round', async () => {
      const mac = await fixture.enrolledMac();
      const commandId = await fixture.requested(commandRequested(mac));
      await fixture.db
        .updateTable('commands')
        .set({
          state: 'not_sent',
          not_sent_reason: 'withdrawn',
          ended_at: fixture.clock.now(),
          wake_at: null,
          reported: false,
        })
        .where('command_id', '=', commandId)
        .execute();
      await fixture.service.restart();
      await until(async () => (await fixture.named(mac, 'CommandNotSent')).length === 1);
    });
  });

  describe('an install is re-checked at delivery', () => {
    it('owed: sent', async () => {
      const mac = await fixture.enrolledMac();
      fixture.owesInstall(mac);
      await fixture.requested(installRequested(mac));
      const reply = await mac.answerAll();
      expect(reply.requestType).toBe('ScheduleOSUpdate');
      expect(reply.text).toContain('<string>InstallASAP</string>');
      await mac.acknowledge(reply.commandUuid, result('Downloading'));
      expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([
        { results: [{ productKey: 'MSU', installAction: 'InstallASAP', status: 'Downloading' }] },
      ]);
    });

    it('not owed any more: not sent, told', async () => {
      const mac = await fixture.enrolledMac();
      fixture.owes(() => ({ obligationId: null, status: 'compliant' }));
      await fixture.requested(installRequested(mac));
      expect(await mac.answerAll()).toMatchObject({ status: 200, text: '' });
      expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ reason: 'no_longer_owed' }]);
      expect(await fixture.named(mac, 'CommandSent')).toEqual([]);
    });

    it('another obligation: not sent', async () => {
      const mac = await fixture.enrolledMac();
      fixture.owes(() => ({ obligationId: mac.deviceId, status: 'due' }));
      await fixture.requested(installRequested(mac));
      expect(await mac.answerAll()).toMatchObject({ text: '' });
      expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ reason: 'no_longer_owed' }]);
    });

    it('an answer of another shape is no answer: it waits, and is told nothing of', async () => {
      const mac = await fixture.enrolledMac();
      const ofTomorrow = { obligationId: { id: mac.deviceId }, status: 'due' };
      fixture.owes(() => ofTomorrow as never);
      await fixture.requested(installRequested(mac));
      expect(await mac.answerAll()).toMatchObject({ status: 200, text: '' });
      expect(await fixture.named(mac, 'CommandNotSent')).toEqual([]);
      fixture.owesInstall(mac);
      expect((await mac.answerAll()).requestType).toBe('ScheduleOSUpdate');
    });

    it('nobody answers: an empty 200, other commands go out, and the install later', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(installRequested(mac));
      await fixture.requested(commandRequested(mac));
      const scan = await mac.answerAll();
      expect(scan.requestType).toBe('ScheduleOSUpdateScan');
      expect(await fixture.named(mac, 'CommandNotSent')).toEqual([]);
      fixture.owesInstall(mac);
      const replies = [await mac.acknowledge(scan.commandUuid, scanned), await mac.answerAll()];
      expect(replies.map((reply) => reply.requestType)).toContain('ScheduleOSUpdate');
    });
  });

  describe('inventory', () => {
    it('is asked on the first connect five minutes after an install was acknowledged, without a push', async () => {
      const mac = await fixture.enrolledMac();
      fixture.owesInstall(mac);
      await fixture.requested(installRequested(mac));
      await mac.acknowledge((await mac.answerAll()).commandUuid, result('Installing'));
      expect(await mac.idle()).toMatchObject({ text: '' });
      const pushes = fixture.pushes.length;
      fixture.clock.advance(5 * MINUTE);
      const reply = await mac.idle();
      expect(reply.requestType).toBe('DeviceInformation');
      await mac.acknowledge(reply.commandUuid, mac.information('12.6'));
      expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ osVersion: '12.6' });
      expect(fixture.pushes).toHaveLength(pushes);
    });

    it('is asked every day; nothing new makes no event', async () => {
      const mac = await fixture.enrolledMac();
      for (const day of [1, 2, 3]) {
        fixture.clock.advance(DAY);
        expect([day, (await mac.idle()).requestType]).toEqual([day, 'DeviceInformation']);
        await mac.answerAll();
      }
      expect(await fixture.named(mac, 'DeviceFactsChanged')).toHaveLength(2);
    });

    it('is asked again at once when a new version can be asked more (trap 25)', async () => {
      const mac = await fixture.enrolledMac('11.6.8');
      fixture.clock.advance(DAY);
      const first = await mac.idle();
      expect(first.text).not.toContain('SoftwareUpdateDeviceID');
      const replies = [await mac.acknowledge(first.commandUuid, mac.information('12.6'))];
      while (replies.at(-1)?.requestType === 'SecurityInfo')
        replies.push(await mac.acknowledge(replies.at(-1)?.commandUuid, '<key>SecurityInfo</key><dict/>'));
      expect(replies.at(-1)?.text).toContain('SoftwareUpdateDeviceID');
    });

    it('one that was requested tells the version also when nothing changed', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac, { kind: 'inventory' }));
      const reply = await mac.idle();
      await mac.acknowledge(reply.commandUuid, mac.information());
      await mac.acknowledge(reply.commandUuid, mac.information('12.6'));
      expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([{ osVersion: '12.5', osBuild: '21G72' }]);
      expect(await fixture.named(mac, 'DeviceFactsChanged')).toHaveLength(2);
    });
  });
};
