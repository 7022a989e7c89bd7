import { describe, expect, it } from '@jest/globals';
import { isJsonDict } from '../json.js';
import { at, changes, DAY, declare, enforcing, HOUR, states, subscribed, told } from '../testing/enforced-mac.js';

describe('an enforced update (4.5)', () => {
  it('is loaded at once, installed at the deadline, and every phase is reported', async () => {
    const one = await enforcing({}, '14.6', '2024-08-05T18:00:00');
    await one.until(at('2024-08-05T17:59:59'));
    expect(states(one)).toEqual(['waiting', 'downloading', 'prepared']);
    expect(one.state).toMatchObject({ osVersion: '14.5', installs: 0 });
    expect(told(one, 'softwareupdate.pending-version').at(-1)).toEqual({
      'os-version': '14.6',
      'build-version': '23G80',
      'target-local-date-time': '2024-08-05T18:00:00',
    });
    expect(told(one, 'softwareupdate.install-reason').at(-1)).toEqual({
      reason: ['declaration'],
      'declaration-id': 'enforce',
    });
    await one.until(at('2024-08-05T19:00:00'));
    expect(one.state.history).toMatchObject([
      { version: '14.6', build: '23G80', by: 'declaration', requestedAt: '2024-08-05T18:00:00.000Z' },
    ]);
    expect(states(one)).toEqual(['waiting', 'downloading', 'prepared', 'installing', 'none']);
    expect(told(one, 'softwareupdate.pending-version').at(-1)).toEqual({ 'os-version': '', 'build-version': '' });
    expect(changes(told(one, 'device.operating-system.version'))).toEqual(['14.5', '14.6']);
    expect(one.state.defects).toEqual([]);
  });

  it.each([
    ['America/Los_Angeles', '2024-08-06T01:00:00.000Z'],
    ['Asia/Tokyo', '2024-08-05T09:00:00.000Z'],
  ])("in %s is installed when the Mac's own clock shows the time", async (zone, requestedAt) => {
    const one = await enforcing({ zone }, '14.6', '2024-08-05T18:00:00');
    await one.until(at('2024-08-07T00:00:00'));
    expect(one.state.history).toMatchObject([{ requestedAt }]);
  });

  it('that is satisfied is an error until the server takes it away (trap 19)', async () => {
    const one = await enforcing({}, '14.6', '2024-08-01T18:00:00');
    await one.until(at('2024-08-02T00:00:00'));
    expect(one.verdict('enforce')).toMatchObject({ valid: 'invalid', reasons: [{}] });
    expect(JSON.stringify(told(one, 'management.declarations').at(-1))).toContain('Error.ConfigurationCannotBeApplied');
    one.desk.withdraw('enforce');
    await one.sync();
    expect(told(one, 'management.declarations').at(-1)).toMatchObject({ configurations: [{ identifier: 'status' }] });
    await one.pass(5 * DAY);
    expect(one.state.installs).toBe(1);
  });

  it.each([
    ['is not out yet', '14.7'],
    ['is only meant as the latest of its minor (trap 18)', '14.4'],
    ['is not for this Mac', '14.6.2'],
  ])('of a version that %s: nothing happens, and nothing is said (trap 17)', async (_, version) => {
    const one = await enforcing({ osVersion: '14.3', osBuild: '23D56' }, version, '2024-08-01T18:00:00');
    await one.pass(3 * DAY);
    expect(one.state).toMatchObject({ osVersion: '14.3', installs: 0, notices: 0, defects: [] });
    expect(states(one).every((state) => state === 'none')).toBe(true);
    expect(one.verdict('enforce')).toEqual({ active: true, valid: 'valid', reasons: [] });
  });

  it('is exactly the version that it names, though a newer one is there (trap 18)', async () => {
    const one = await subscribed();
    await one.until(at('2024-08-10T06:00:00'));
    declare(one, 'enforce', '14.6', '2024-08-12T18:00:00');
    await one.sync();
    await one.until(at('2024-08-13T00:00:00'));
    expect(one.state.osVersion).toBe('14.6');
  });

  it('of a version that comes out later begins then', async () => {
    const one = await enforcing({}, '14.6.1', '2024-08-20T18:00:00');
    await one.until(at('2024-08-07T16:59:59'));
    expect(one.state.enforced).toBeNull();
    await one.until(at('2024-08-20T20:00:00'));
    expect(one.state).toMatchObject({ osVersion: '14.6.1', installs: 1 });
  });

  it.each([
    ['14.5', '23F79', '2024-09-17T06:00:00', '14.6.1', '23G00', '14.6.1'],
    ['27.0', '26A428', '2026-10-01T06:00:00', '27.0.1', '26A999', '27.0'],
  ])(
    'on %s (%s) at %s with a build that is not of %s (%s) ends with %s',
    async (osVersion, osBuild, day, version, build, end) => {
      const one = await enforcing({ osVersion, osBuild }, version, `${day.slice(0, 8)}20T18:00:00`, {
        TargetBuildVersion: build,
      });
      await one.until(at(`${day.slice(0, 8)}21T18:00:00`));
      expect(one.state.osVersion).toBe(end);
    },
  );

  it('to another major is a declaration like any other', async () => {
    const one = await subscribed();
    await one.until(at('2024-09-17T06:00:00'));
    declare(one, 'enforce', '15.0', '2024-09-20T18:00:00');
    await one.sync();
    await one.until(at('2024-09-20T20:00:00'));
    expect(one.state).toMatchObject({ osVersion: '15.0', osBuild: '24A335', installs: 1 });
  });

  it('is done by its user before the deadline, without a token', async () => {
    const one = await enforcing(
      { user: { updatesAfterHours: 5 }, bootstrapToken: false },
      '14.6',
      '2024-08-05T18:00:00',
    );
    await one.until(at('2024-08-01T00:00:00'));
    expect(one.state.history).toMatchObject([{ version: '14.6', by: 'user' }]);
    expect(told(one, 'softwareupdate.install-reason')).toContainEqual({
      reason: ['notification', 'declaration'],
      'declaration-id': 'enforce',
    });
  });
});

describe('the set of declarations changes', () => {
  it('a withdrawn enforcement is dropped, whatever was loaded', async () => {
    const one = await enforcing({}, '14.6', '2024-08-05T18:00:00');
    await one.pass(3 * HOUR);
    one.desk.withdraw('enforce');
    await one.sync();
    expect(states(one).at(-1)).toBe('none');
    await one.pass(10 * DAY);
    expect(one.state).toMatchObject({ installs: 0, enforced: null });
  });

  it('a later deadline for the same version keeps what was loaded', async () => {
    const one = await enforcing({}, '14.6', '2024-08-05T18:00:00');
    await one.pass(3 * HOUR);
    declare(one, 'enforce', '14.6', '2024-08-07T18:00:00');
    await one.sync();
    expect(one.state.enforced).toMatchObject({ attemptAt: '2024-08-07T18:00:00.000Z', work: { stage: 'prepared' } });
    await one.until(at('2024-08-08T00:00:00'));
    expect(one.state.history).toMatchObject([{ requestedAt: '2024-08-07T18:00:00.000Z' }]);
  });

  it('of two enforcements the earlier one comes first, then the other: two restarts (trap 20)', async () => {
    const one = await subscribed();
    await one.until(at('2024-08-08T00:00:00'));
    declare(one, 'ring-b', '14.6.1', '2024-08-12T18:00:00');
    declare(one, 'ring-a', '14.6', '2024-08-11T18:00:00');
    await one.sync();
    await one.until(at('2024-08-13T00:00:00'));
    expect(one.state.history).toMatchObject([
      { version: '14.6', requestedAt: '2024-08-11T18:00:00.000Z' },
      { version: '14.6.1', requestedAt: '2024-08-12T18:00:00.000Z' },
    ]);
  });

  it('a lower version that is due later is never installed', async () => {
    const one = await subscribed();
    await one.until(at('2024-08-08T00:00:00'));
    declare(one, 'high', '14.6.1', '2024-08-11T18:00:00');
    declare(one, 'low', '14.6', '2024-08-12T18:00:00');
    await one.sync();
    await one.until(at('2024-08-14T00:00:00'));
    expect(one.state).toMatchObject({ osVersion: '14.6.1', installs: 1 });
    expect(one.verdict('low')).toMatchObject({ valid: 'invalid' });
  });
});

describe('a deadline that cannot be kept', () => {
  const office = { awake: { from: '08:00', to: '17:00', days: [1, 2, 3, 4, 5] } };

  it('because the Mac sleeps: an hour after it wakes', async () => {
    const one = await subscribed(office);
    await one.until(at('2024-07-31T09:00:00'));
    declare(one, 'enforce', '14.6', '2024-08-02T20:00:00');
    await one.sync();
    await one.until(at('2024-08-05T08:59:59'));
    expect(one.state.installs).toBe(0);
    await one.until(at('2024-08-05T12:00:00'));
    expect(one.state.history).toMatchObject([{ requestedAt: '2024-08-05T09:00:00.000Z' }]);
  });

  it('because it was past when the Mac heard of it: an hour later (trap 14)', async () => {
    const one = await enforcing({}, '14.6', '2024-07-01T18:00:00');
    const { attemptAt } = one.state.enforced ?? {};
    expect(attemptAt).toBe('2024-07-31T07:02:00.000Z');
    await one.pass(3 * HOUR);
    expect(one.state.history).toMatchObject([{ requestedAt: attemptAt }]);
  });

  it('because the download takes longer: at one of the hours after it', async () => {
    const one = await enforcing({ downloadMegabitsPerSecond: 1 }, '14.6', '2024-07-31T08:00:00');
    await one.pass(4 * HOUR);
    expect(one.state).toMatchObject({ installs: 0, enforced: { work: { stage: 'downloading' }, failure: null } });
    await one.pass(6 * HOUR);
    expect(one.state.installs).toBe(1);
  });

  it.each([
    ['below its least charge', { pluggedIn: 'never', level: 0.1 }, 0],
    ['with enough charge', { pluggedIn: 'never', level: 0.5 }, 1],
    ['until it is plugged in', { pluggedIn: { from: '21:00', to: '23:00' }, level: 0.1 }, 1],
  ])('a MacBook on battery, %s', async (_, battery, installs) => {
    const one = await enforcing({ battery }, '14.6', '2024-08-01T18:00:00');
    await one.until(at('2024-08-02T18:00:00'));
    expect(one.state.installs).toBe(installs);
    const failures = told(one, 'softwareupdate.failure-reason');
    if (battery.level < 0.2) {
      expect(failures).toContainEqual({
        count: 1,
        reason: 'Not enough power to install the update.',
        timestamp: '2024-08-01T18:00:00.000Z',
      });
      expect(states(one)).toContain('failed');
    }
    if (installs === 1) expect(failures.at(-1)).toEqual({ count: 0 });
  });

  it('because the disk is full: until its user tidies up', async () => {
    const diskFreed = { at: '2024-08-01T12:00:00Z', freeDiskGb: 60 };
    const one = await enforcing({ freeDiskGb: 1, diskFreed }, '14.6', '2024-08-02T18:00:00');
    await one.until(at('2024-08-01T11:00:00'));
    expect(states(one).at(-1)).toBe('failed');
    expect(told(one, 'softwareupdate.failure-reason').length).toBeGreaterThan(5);
    await one.until(at('2024-08-02T20:00:00'));
    expect(one.state.installs).toBe(1);
  });
});

describe('an update that fails', () => {
  it('says so with a count, and is tried again every hour until it works', async () => {
    const failures = [{ action: 'Enforcement', status: 'InstallFailed', times: 2 }];
    const one = await enforcing({ failures }, '14.6', '2024-08-01T18:00:00');
    await one.until(at('2024-08-01T23:00:00'));
    expect(states(one)).toEqual([
      ...['waiting', 'downloading', 'prepared', 'installing', 'failed'],
      ...['installing', 'failed', 'installing', 'none'],
    ]);
    const counts = told(one, 'softwareupdate.failure-reason').map((reason) => isJsonDict(reason) && reason['count']);
    expect(changes(counts)).toEqual([0, 1, 2, 0]);
    expect(one.state).toMatchObject({ osVersion: '14.6', installs: 1, restarts: 3 });
  });

  it('is not tried again when its declaration went meanwhile', async () => {
    const failures = [{ action: 'Enforcement', status: 'InstallFailed', times: 1 }];
    const one = await enforcing({ failures }, '14.6', '2024-08-01T18:00:00');
    await one.until(at('2024-08-01T18:01:00'));
    expect(one.state.install?.stage).toBe('committing');
    one.desk.withdraw('enforce');
    await one.sync();
    await one.until(at('2024-08-02T18:00:00'));
    expect(one.state).toMatchObject({ osVersion: '14.5', installs: 0, restarts: 1, enforced: null });
    expect(states(one).at(-1)).toBe('none');
  });

  it('already in its download begins again an hour later', async () => {
    const failures = [{ action: 'Enforcement', status: 'DownloadInsufficientNetwork', times: 1 }];
    const one = await enforcing({ failures }, '14.6', '2024-08-01T18:00:00');
    await one.until(at('2024-08-01T20:00:00'));
    expect(states(one)).toEqual(['waiting', 'failed', 'downloading', 'prepared', 'installing', 'none']);
  });
});

describe('the bootstrap token (2.6)', () => {
  it('is asked for right before an installation on Apple silicon', async () => {
    const one = await enforcing({}, '14.6', '2024-08-01T18:00:00');
    await one.until(at('2024-08-01T17:59:00'));
    const tokens = () => one.desk.heard.filter((message) => message['MessageType'] === 'GetBootstrapToken').length;
    expect(tokens()).toBe(0);
    await one.until(at('2024-08-01T19:00:00'));
    expect(tokens()).toBe(1);
  });

  it('is not needed on Intel', async () => {
    const intel = { architecture: 'intel', model: 'MacBookPro16,1', bootstrapToken: false };
    const one = await enforcing(intel, '14.6', '2024-08-01T18:00:00');
    await one.until(at('2024-08-01T19:00:00'));
    expect(one.state.installs).toBe(1);
    expect(one.desk.heard.some((message) => message['MessageType'] === 'GetBootstrapToken')).toBe(false);
  });

  it.each([
    ['never comes, never', undefined, 0],
    ['comes after three hours, then', 3, 1],
  ])('that was never escrowed leaves it to a user; who %s', async (_, authorizesAfterHours, installs) => {
    const user = authorizesAfterHours === undefined ? {} : { authorizesAfterHours };
    const one = await enforcing({ bootstrapToken: false, user }, '14.6', '2024-08-01T18:00:00');
    await one.until(at('2024-08-01T20:50:00'));
    expect(one.state).toMatchObject({ installs: 0, install: { stage: 'user_needed' } });
    expect(states(one).at(-1)).toBe('prepared');
    await one.until(at('2024-08-03T00:00:00'));
    expect(one.state.installs).toBe(installs);
  });

  it('that the server lost is asked for again and again: its outage is an outage of enforcement', async () => {
    const one = await enforcing({}, '14.6', '2024-08-01T18:00:00');
    const [[udid, token] = ['', new Uint8Array()]] = [...one.desk.tokens];
    one.desk.tokens.clear();
    await one.until(at('2024-08-02T00:00:00'));
    expect(one.state).toMatchObject({ installs: 0, install: { stage: 'authorizing' } });
    expect(one.defects).toContain('bootstrap-token-wrong');
    one.desk.tokens.set(udid, token);
    await one.until(at('2024-08-02T02:00:00'));
    expect(one.state.installs).toBe(1);
  });
});
