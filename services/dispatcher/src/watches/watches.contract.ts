import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMillis } from '@managed-os/kernel';
import { DAY, type Fixture, HOUR, MINUTE, until } from '../testing/fixture.js';
import { string, type TestMac } from '../testing/test-mac.js';
import { watchIdOf, watching } from '../testing/watching.js';

/** Polls for others, whoever the Mac speaks to. */
export const watchesContract = (start: () => Promise<Fixture>): void => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await start();
  });
  afterAll(() => fixture.close());

  const { watched } = watching(() => fixture);
  const progress = (percent: number) =>
    `<key>OSUpdateStatus</key><array><dict>${string('ProductKey', 'MSU')}<key>IsDownloaded</key><false/><key>DownloadPercentComplete</key><real>${percent}</real>${string('Status', 'Downloading')}</dict></array>`;
  const nothing = '<key>OSUpdateStatus</key><array/>';

  /** Lets an interval pass and answers the poll that comes with it. */
  const poll = async (mac: TestMac, minutes: number, answer: string) => {
    fixture.clock.advance(minutes * MINUTE);
    const reply = await mac.idle();
    expect(reply.requestType).toBe('OSUpdateStatus');
    return mac.acknowledge(reply.commandUuid, answer);
  };

  describe('a watch of a download', () => {
    it('polls after its interval and then twice as late while nothing changes; every answer is a report', async () => {
      const mac = await fixture.enrolledMac();
      const request = await watched(mac);
      expect(await mac.idle()).toMatchObject({ text: '' });
      await poll(mac, 10, progress(0.25));
      await poll(mac, 10, progress(0.25));
      expect(await mac.idle()).toMatchObject({ text: '' });
      await poll(mac, 20, progress(0.5));
      await poll(mac, 10, nothing);
      const reports = await fixture.named(mac, 'WatchReported');
      expect(
        reports.map(({ report, unchanged, statuses }) => [report, unchanged, statuses[0]?.percentComplete]),
      ).toEqual([
        [1, 0, 0.25],
        [2, 1, 0.25],
        [3, 0, 0.5],
        [4, 0, undefined],
      ]);
      const envelopes = await fixture.envelopes(mac);
      expect(envelopes.find(({ data }) => data.type === 'WatchReported')).toMatchObject({
        causationId: request,
        correlationId: request,
      });
      expect(await fixture.named(mac, 'CommandSent')).toEqual([]);
    });

    it('an answer that comes twice is one report', async () => {
      const mac = await fixture.enrolledMac();
      await watched(mac);
      fixture.clock.advance(10 * MINUTE);
      const { commandUuid } = await mac.idle();
      await Promise.all([1, 2, 3].map(() => mac.acknowledge(commandUuid, progress(0.1))));
      await mac.acknowledge(commandUuid, progress(0.1));
      expect(await fixture.named(mac, 'WatchReported')).toHaveLength(1);
      const polls = await fixture.db
        .selectFrom('commands')
        .select('state')
        .where('watch_id', '=', watchIdOf(mac))
        .execute();
      expect(polls.map(({ state }) => state).toSorted()).toEqual(['answered', 'queued']);
    });

    it('an error is a report, too, and polling goes on', async () => {
      const mac = await fixture.enrolledMac();
      await watched(mac);
      fixture.clock.advance(10 * MINUTE);
      await mac.connect(
        'Error',
        (await mac.idle()).commandUuid,
        '<key>ErrorChain</key><array><dict><key>ErrorCode</key><integer>12021</integer></dict></array>',
      );
      expect(await fixture.named(mac, 'WatchReported')).toMatchObject([{ statuses: [], errors: [{ code: 12021 }] }]);
      await poll(mac, 10, nothing);
    });

    it('closed: no poll, no report', async () => {
      const mac = await fixture.enrolledMac();
      await watched(mac);
      fixture.clock.advance(10 * MINUTE);
      const { commandUuid } = await mac.idle();
      await fixture.request({ type: 'WatchClosed', deviceId: mac.deviceId, watchId: watchIdOf(mac) });
      await until(async () => (await stateOf(mac)) === 'closed');
      expect(await mac.acknowledge(commandUuid, progress(0.9))).toMatchObject({ status: 200, text: '' });
      fixture.clock.advance(DAY);
      await mac.answerAll();
      expect(await fixture.named(mac, 'WatchReported')).toEqual([]);
    });

    it('silence is told once, an answer ends it, and it may fall silent again', async () => {
      const mac = await fixture.enrolledMac();
      const began = fixture.clock.now();
      await watched(mac);
      fixture.clock.advance(12 * HOUR);
      await until(async () => (await fixture.named(mac, 'WatchSilent')).length === 1);
      expect(await fixture.named(mac, 'WatchSilent')).toMatchObject([{ watchId: watchIdOf(mac), since: began }]);
      await poll(mac, 0, progress(0.5));
      fixture.clock.advance(12 * HOUR);
      await until(async () => (await fixture.named(mac, 'WatchSilent')).length === 2);
      expect(await fixture.named(mac, 'WatchReported')).toHaveLength(1);
    });

    it('ends by itself', async () => {
      const mac = await fixture.enrolledMac();
      await watched(mac, { stopAfter: addMillis(fixture.clock.now(), HOUR) });
      fixture.clock.advance(HOUR);
      await until(async () => (await stateOf(mac)) === 'stopped');
      expect(await fixture.named(mac, 'WatchStopped')).toHaveLength(1);
      expect(await mac.idle()).toMatchObject({ text: '' });
    });

    it('outlives a new enrollment: the Mac is polled at once', async () => {
      const mac = await fixture.enrolledMac();
      await watched(mac);
      await mac.authenticate();
      await mac.tokenUpdate();
      expect((await mac.answerAll()).requestType).toBe('OSUpdateStatus');
    });
  });

  /** Lets an interval pass; the Mac is asked for its version first. */
  const versionAsked = async (mac: TestMac, minutes = 10) => {
    fixture.clock.advance(minutes * MINUTE);
    const reply = await mac.idle();
    expect(reply.requestType).toBe('DeviceInformation');
    return reply;
  };

  /** Both halves of a poll. */
  const installPoll = async (mac: TestMac, version: string, answer: string) => {
    const first = await versionAsked(mac);
    const second = await mac.acknowledge(first.commandUuid, mac.information(version));
    expect(second.requestType).toBe('OSUpdateStatus');
    return mac.acknowledge(second.commandUuid, answer);
  };

  describe('a watch of an install', () => {
    it('asks for the version and then for the progress, in one conversation and one report', async () => {
      const mac = await fixture.enrolledMac();
      await watched(mac, { subject: 'install' });
      await installPoll(mac, '12.5', progress(0.75));
      await installPoll(mac, '12.6', nothing);
      const reports = await fixture.named(mac, 'WatchReported');
      expect(
        reports.map(({ report, osVersion, statuses }) => [report, osVersion, statuses[0]?.percentComplete]),
      ).toEqual([
        [1, '12.5', 0.75],
        [2, '12.6', undefined],
      ]);
      expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ osVersion: '12.6' });
    });

    it('a Mac that comes back as macOS 27 says so, and is never asked for its progress (trap 24)', async () => {
      const mac = await fixture.enrolledMac('13.7.8');
      await watched(mac, { subject: 'install' });
      const first = await versionAsked(mac);
      expect(first.text).not.toContain('SoftwareUpdateDeviceID');
      const replies = [await mac.acknowledge(first.commandUuid, mac.information('27.0'))];
      expect(await fixture.named(mac, 'WatchReported')).toMatchObject([{ osVersion: '27.0', statuses: [] }]);
      for (let last = replies[0]; last?.requestType; last = replies.at(-1))
        replies.push(await mac.connect('Error', last.commandUuid));
      expect(replies.map(({ requestType }) => requestType)).not.toContain('OSUpdateStatus');
    });

    it('an answer that waited out a restart may be of before: the progress is not asked for (trap 24)', async () => {
      const mac = await fixture.enrolledMac('13.7.8');
      await watched(mac, { subject: 'install' });
      const { commandUuid } = await versionAsked(mac);
      fixture.clock.advance(30 * MINUTE);
      expect((await mac.acknowledge(commandUuid, mac.information('13.7.8'))).requestType).toBeUndefined();
      expect(await fixture.named(mac, 'WatchReported')).toMatchObject([{ osVersion: '13.7.8', statuses: [] }]);
      const { commandUuid: second } = await versionAsked(mac);
      await mac.acknowledge(second, mac.information('27.0'));
      expect((await fixture.named(mac, 'WatchReported')).at(-1)).toMatchObject({ report: 2, osVersion: '27.0' });
    });
  });

  const stateOf = async (mac: TestMac) =>
    (await fixture.db.selectFrom('watches').select('state').where('watch_id', '=', watchIdOf(mac)).executeTakeFirst())
      ?.state;
};
