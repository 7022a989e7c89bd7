import { describe, expect, it } from '@jest/globals';
import type { Instant } from '@managed-os/kernel';
import { ENFORCEMENT, SUBSCRIPTIONS } from './declarations/schema.js';
import type { Dict } from './plist.js';
import { aSonomaMac, DeclaredMac } from './testing/declared-mac.js';

const HOUR = 60;
const scan = { RequestType: 'ScheduleOSUpdateScan', Force: true };
const schedule = (version: string, action = 'InstallASAP'): Dict => ({
  RequestType: 'ScheduleOSUpdate',
  Updates: [{ ProductVersion: version, InstallAction: action }],
});

const enforce = (one: DeclaredMac, version: string, local: string): Promise<DeclaredMac> => {
  one.desk.activate('enforce', ENFORCEMENT, { TargetOSVersion: version, TargetLocalDateTime: local });
  return one.sync();
};

const asked = async (one: DeclaredMac, command: Dict): Promise<Dict> => {
  one.desk.command(command);
  await one.push();
  return one.desk.heard.at(-1) ?? {};
};

describe.each(['14.5', '26.1'])('commands for updates while a declaration enforces one, on %s', (osVersion) => {
  const begun = async (): Promise<DeclaredMac> => {
    const releases = { osVersion, osBuild: osVersion === '14.5' ? '23F79' : '25B78' };
    const one = await new DeclaredMac(aSonomaMac(releases)).enrolled();
    if (osVersion === '26.1') await one.until('2026-10-01T06:00:00.000Z' as Instant);
    await asked(one, scan);
    await one.pass(5);
    return one;
  };
  const [version, due] = osVersion === '14.5' ? ['14.6', '2024-08-20T18:00:00'] : ['27.0.1', '2026-10-20T18:00:00'];

  it('work before it', async () => {
    const one = await begun();
    expect(await asked(one, { RequestType: 'AvailableOSUpdates' })).toMatchObject({
      AvailableOSUpdates: expect.arrayContaining([expect.objectContaining({ Version: version })]),
    });
  });

  it('are ignored with an informational error in the inner level, list nothing and show nothing', async () => {
    const one = await begun();
    await enforce(one, version, due);
    expect(await asked(one, schedule(version))).toMatchObject({
      Status: 'Acknowledged',
      UpdateResults: [{ InstallAction: 'Error', ErrorChain: [{}] }],
    });
    expect(await asked(one, { RequestType: 'AvailableOSUpdates' })).toMatchObject({ AvailableOSUpdates: [] });
    expect(await asked(one, { RequestType: 'OSUpdateStatus' })).toMatchObject({ OSUpdateStatus: [] });
    await one.pass(3 * HOUR);
    expect(one.state).toMatchObject({ installs: 0, install: null, defects: [] });
  });

  it('work again when it is taken away', async () => {
    const one = await begun();
    await enforce(one, version, due);
    one.desk.withdraw('enforce');
    await one.sync();
    expect(await asked(one, schedule(version))).toMatchObject({ UpdateResults: [{ InstallAction: 'InstallASAP' }] });
  });
});

it('a status item tells of an installation that a command set off', async () => {
  const one = await new DeclaredMac(aSonomaMac()).enrolled();
  const names = ['softwareupdate.install-state', 'softwareupdate.install-reason'];
  one.desk.activate('status', SUBSCRIPTIONS, { StatusItems: names.map((Name) => ({ Name })) });
  await one.sync();
  await asked(one, scan);
  await one.pass(5);
  await asked(one, schedule('14.6'));
  expect(one.desk.reports.at(-1)?.['StatusItems']).toMatchObject({
    softwareupdate: { 'install-state': 'downloading', 'install-reason': { reason: ['mdm'] } },
  });
  await one.pass(2 * HOUR);
  expect(one.desk.reports.at(-1)?.['StatusItems']).toMatchObject({ softwareupdate: { 'install-state': 'none' } });
});

describe('macOS 27 (traps 24 and 25)', () => {
  it.each(['ScheduleOSUpdateScan', 'AvailableOSUpdates', 'ScheduleOSUpdate', 'OSUpdateStatus'])(
    'does not know %s any more',
    async (RequestType) => {
      const one = await new DeclaredMac(aSonomaMac({ osVersion: '27.0', osBuild: '26A428' })).enrolled();
      expect(await asked(one, { RequestType })).toMatchObject({ Status: 'Error', ErrorChain: [{}] });
      expect(one.defects).toEqual(['removed-command']);
    },
  );

  it('leaves removed queries out, and counts that they were asked', async () => {
    const one = await new DeclaredMac(aSonomaMac({ osVersion: '27.0', osBuild: '26A428' })).enrolled();
    const Queries = ['OSVersion', 'SoftwareUpdateDeviceID', 'OSUpdateSettings', 'TimeZone'];
    const { QueryResponses } = await asked(one, { RequestType: 'DeviceInformation', Queries });
    expect(QueryResponses).toEqual({ OSVersion: '27.0', TimeZone: 'UTC' });
    expect(one.defects).toEqual(['removed-query', 'removed-query']);
  });

  it('may or may not tell its zone', async () => {
    const quiet = aSonomaMac({ osVersion: '27.0', osBuild: '26A428', tellsZone: false });
    const one = await new DeclaredMac(quiet).enrolled();
    const { QueryResponses } = await asked(one, {
      RequestType: 'DeviceInformation',
      Queries: ['OSVersion', 'TimeZone'],
    });
    expect(QueryResponses).toEqual({ OSVersion: '27.0' });
  });
});

describe('an upgrade from 13 to 14 by a command (4.8)', () => {
  const ventura = { osVersion: '13.6', osBuild: '22G120' };
  const upgraded = async (one: DeclaredMac): Promise<void> => {
    await asked(one, scan);
    await one.pass(5);
    await asked(one, schedule('14.6'));
    await one.pass(3 * HOUR);
  };

  it('keeps the enrollment, and declarations begin when the server says so', async () => {
    const one = await new DeclaredMac(aSonomaMac(ventura)).enrolled();
    await upgraded(one);
    expect(one.state).toMatchObject({ osVersion: '14.6', enrollment: 'enrolled', declarative: null });
    expect(one.desk.heard.filter((message) => message['MessageType'] === 'Authenticate')).toHaveLength(1);
    await enforce(one, '14.6.1', '2024-08-20T18:00:00');
    expect(one.verdict('enforce')).toMatchObject({ active: true, valid: 'valid' });
  });

  it('tells its new capabilities, and what it could not take before becomes valid by itself', async () => {
    const one = await new DeclaredMac(aSonomaMac(ventura)).enrolled();
    await enforce(one, '14.6.1', '2024-08-20T18:00:00');
    expect(one.verdict('enforce')).toMatchObject({ reasons: [{ code: 'Error.UnknownDeclarationType' }] });
    await upgraded(one);
    expect(one.verdict('enforce')).toMatchObject({ active: true, valid: 'valid' });
    const capabilities = one.desk.reports.at(-1)?.['StatusItems'];
    expect(JSON.stringify(capabilities)).toContain(`"${ENFORCEMENT}"`);
    await one.until('2024-08-20T20:00:00.000Z' as Instant);
    expect(one.state).toMatchObject({ osVersion: '14.6.1', installs: 2 });
  });
});
