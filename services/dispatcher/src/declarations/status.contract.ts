import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { declaring } from '../testing/declaring.js';
import { DAY, type Fixture, obligationOf } from '../testing/fixture.js';
import type { TestMac } from '../testing/test-mac.js';

/** What a Mac reports by itself, whoever it reports it to. */
export const statusContract = (start: () => Promise<Fixture>): void => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await start();
  });
  afterAll(() => fixture.close());

  interface Enforced {
    readonly mac: TestMac;
    readonly name: string;
    readonly token: string;
  }

  const { requested } = declaring(() => fixture);

  /** A Mac that was offered an enforcement, and fetched it. */
  const enforcedMac = async (): Promise<Enforced> => {
    const mac = await fixture.enrolledMac('15.1');
    await mac.reportCapabilities();
    const name = await requested(mac);
    await mac.declarative(`declaration/configuration/${name}`);
    const [offered] = await fixture.named(mac, 'DeclarationOffered');
    return { mac, name, token: offered?.serverToken ?? '' };
  };

  const says = ({ name, token }: Enforced, more: object = {}) => ({
    management: {
      declarations: {
        configurations: [{ identifier: name, 'server-token': token, active: true, valid: 'valid', ...more }],
      },
    },
  });
  const updating = (state: string) => ({
    softwareupdate: { 'install-state': state, 'install-reason': { reason: ['declaration'] } },
  });
  const runs = (version: string, build = '24G830') => ({
    device: { 'operating-system': { version, 'build-version': build } },
  });
  const report = (mac: TestMac, StatusItems: object, more: object = {}) =>
    mac.declarative('status', { StatusItems, Errors: [], ...more });
  const typesSince = async (mac: TestMac, before: number) =>
    (await fixture.events(mac)).slice(before).map(({ type }) => type);
  const countOf = async (mac: TestMac) => (await fixture.events(mac)).length;
  const rowOf = (mac: TestMac) =>
    fixture.db.selectFrom('declared').selectAll().where('device_id', '=', mac.deviceId).executeTakeFirstOrThrow();

  describe('a status report', () => {
    it('is answered with an empty 200; what it changes is told, once', async () => {
      const enforced = await enforcedMac();
      const { mac, token } = enforced;
      const before = await countOf(mac);
      const all = { ...says(enforced), ...updating('downloading') };
      expect(await report(mac, all)).toMatchObject({ status: 200, text: '' });
      await report(mac, all);
      await report(mac, updating('downloading'), { FullReport: false });
      expect((await fixture.events(mac)).slice(before)).toEqual([
        {
          type: 'DeclarationReported',
          deviceId: mac.deviceId,
          declaration: { obligationId: obligationOf(mac), attempt: 1, try: 1 },
          serverToken: token,
          enforcement: { active: true, valid: 'valid', reasons: [] },
        },
        {
          type: 'UpdateStateReported',
          deviceId: mac.deviceId,
          installState: 'downloading',
          installReasons: ['declaration'],
        },
      ]);
    });

    it('each event of it comes of what was offered, in the name of the Mac', async () => {
      const enforced = await enforcedMac();
      await report(enforced.mac, says(enforced));
      const log = await fixture.envelopes(enforced.mac);
      const [offered, reported] = ['DeclarationOffered', 'DeclarationReported'].map((type) =>
        log.find(({ data }) => data.type === type),
      );
      expect(reported).toMatchObject({
        causationId: offered?.id,
        correlationId: offered?.correlationId,
        actor: `device:${enforced.mac.deviceId}`,
      });
    });

    it('of another revision says nothing (trap 10)', async () => {
      const enforced = await enforcedMac();
      await report(enforced.mac, says({ ...enforced, token: 'another' }));
      expect(await fixture.named(enforced.mac, 'DeclarationReported')).toEqual([]);
    });

    it('tells the version before anything that has to be judged by it (trap 19)', async () => {
      const enforced = await enforcedMac();
      const { mac } = enforced;
      const before = await countOf(mac);
      const error = { valid: 'invalid', reasons: [{ code: 'Error.ConfigurationCannotBeApplied' }] };
      await report(mac, { ...says(enforced, error), ...updating('none'), ...runs('15.7.9') });
      expect(await typesSince(mac, before)).toEqual([
        'DeviceFactsChanged',
        'DeclarationReported',
        'UpdateStateReported',
      ]);
      expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({
        ...{ osVersion: '15.7.9', osBuild: '24G830' },
      });
      const row = await fixture.db
        .selectFrom('enrollments')
        .select(['os_version', 'os_build'])
        .where('device_id', '=', mac.deviceId)
        .executeTakeFirst();
      expect(row).toEqual({ os_version: '15.7.9', os_build: '24G830' });
    });

    it('and an inventory may contradict each other every day', async () => {
      const { mac } = await enforcedMac();
      for (const day of [1, 2, 3]) {
        expect((await report(mac, { softwareupdate: { 'device-id': 'J999AP' } })).status).toBe(200);
        fixture.clock.advance(DAY);
        await mac.answerAll();
        const ids = (await fixture.named(mac, 'DeviceFactsChanged')).map((facts) => facts.softwareUpdateDeviceId);
        expect(ids.slice(-2 * day)).toEqual(Array.from({ length: day }, () => ['J999AP', 'J413AP']).flat());
      }
    });

    it('is taken when it is repeated after a crash, though an inventory said otherwise meanwhile; that stays', async () => {
      const { mac } = await enforcedMac();
      const before = await rowOf(mac);
      const said = { softwareupdate: { 'device-id': 'J999AP' } };
      expect((await report(mac, said)).status).toBe(200);
      await fixture.db
        .updateTable('declared')
        .set({ status: before.status, reports: before.reports })
        .where('device_id', '=', mac.deviceId)
        .execute();
      fixture.clock.advance(DAY);
      await mac.answerAll();
      expect((await report(mac, said)).status).toBe(200);
      const ids = (await fixture.named(mac, 'DeviceFactsChanged')).map((facts) => facts.softwareUpdateDeviceId);
      expect(ids.slice(-2)).toEqual(['J999AP', 'J413AP']);
    });

    it('and so is an inventory, though a status report said otherwise meanwhile', async () => {
      const { mac } = await enforcedMac();
      await report(mac, { softwareupdate: { 'device-id': 'J998AP' } });
      fixture.clock.advance(DAY);
      const { commandUuid } = await mac.idle();
      await mac.acknowledge(commandUuid, mac.information());
      await fixture.db
        .updateTable('commands')
        .set({ state: 'sent', ended_at: null })
        .where('command_id', '=', commandUuid ?? '')
        .execute();
      await report(mac, { softwareupdate: { 'device-id': 'J999AP' } });
      for (const again of [1, 2]) {
        expect([again, (await mac.acknowledge(commandUuid, mac.information())).status]).toEqual([again, 200]);
      }
      const ids = (await fixture.named(mac, 'DeviceFactsChanged')).map((facts) => facts.softwareUpdateDeviceId);
      expect(ids.slice(-3)).toEqual(['J998AP', 'J413AP', 'J999AP']);
    });

    it('that is full replaces what is known, another one is merged into it (trap 11)', async () => {
      const { mac } = await enforcedMac();
      await report(mac, {
        softwareupdate: { 'install-state': 'failed', 'failure-reason': { count: 1, reason: 'why' } },
      });
      await report(mac, updating('waiting'));
      const failed = { installState: 'waiting', failure: { count: 1, reason: 'why' } };
      expect((await fixture.named(mac, 'UpdateStateReported')).at(-1)).toMatchObject(failed);
      await report(mac, updating('waiting'), { FullReport: true });
      expect((await fixture.named(mac, 'UpdateStateReported')).at(-1)).not.toHaveProperty('failure');
      // A full report without capabilities takes none away.
      expect((await fixture.named(mac, 'DeclarationNotOffered')).length).toBe(0);
    });

    it('that cannot be read is passed over: a repeat would say the same, and hold up all that comes after', async () => {
      const { mac } = await enforcedMac();
      const before = await rowOf(mac);
      for (const wrong of ['{', '[]', '{"StatusItems":[]}']) {
        expect(await mac.declarative('status', wrong)).toMatchObject({ status: 200, text: '' });
      }
      expect(await rowOf(mac)).toEqual(before);
    });

    it('is told once though it comes twice at once', async () => {
      const enforced = await enforcedMac();
      const all = { ...says(enforced), ...updating('prepared') };
      await Promise.all([report(enforced.mac, all), report(enforced.mac, all), report(enforced.mac, all)]);
      expect(await fixture.named(enforced.mac, 'DeclarationReported')).toHaveLength(1);
      expect(await fixture.named(enforced.mac, 'UpdateStateReported')).toHaveLength(1);
    });

    it('a crash after the events and before the row: the repeated report completes it', async () => {
      const enforced = await enforcedMac();
      const { mac } = enforced;
      const before = await rowOf(mac);
      await report(mac, { ...says(enforced), ...updating('prepared') });
      const after = await rowOf(mac);
      await fixture.db.updateTable('declared').set(before).where('device_id', '=', mac.deviceId).execute();
      const events = await fixture.events(mac);
      await report(mac, { ...says(enforced), ...updating('prepared') });
      expect(await fixture.events(mac)).toEqual(events);
      expect(await rowOf(mac)).toEqual(after);
    });

    it('of before a new enrollment is forgotten', async () => {
      const enforced = await enforcedMac();
      const { mac } = enforced;
      await report(mac, updating('prepared'));
      await mac.authenticate();
      expect((await report(mac, { ...says(enforced), ...updating('failed') })).status).toBe(200);
      await mac.tokenUpdate();
      expect(await rowOf(mac)).toMatchObject({ status: '{}', capabilities: null, said_of_update: null });
      await report(mac, updating('prepared'));
      expect((await fixture.named(mac, 'UpdateStateReported')).map(({ installState }) => installState)).toEqual([
        ...['prepared', 'prepared'],
      ]);
    });
  });

  it('what a Mac said of its update before is told anew with the enforcement that it fetches', async () => {
    const mac = await fixture.enrolledMac('15.1');
    await mac.reportCapabilities();
    await report(mac, updating('downloading'));
    const name = await requested(mac);
    const before = await countOf(mac);
    await mac.declarative(`declaration/configuration/${name}`);
    expect(await typesSince(mac, before)).toEqual(['DeclarationFetched', 'UpdateStateReported']);
  });
};
