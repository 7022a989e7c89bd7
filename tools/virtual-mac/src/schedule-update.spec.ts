import { describe, expect, it } from '@jest/globals';
import { addMillis, millisBetween } from '@managed-os/kernel';
import { contactAt } from './contact.js';
import { aMac, INTEL, ON_11, OneMac } from './testing/one-mac.js';

const scanned = (change: object = {}): OneMac => new OneMac(aMac(change)).scan();
const HOUR = 60;

describe('a minor update', () => {
  it('S19 downloads in the background, reports progress, and is installed when told', () => {
    const one = scanned();
    expect(one.status()).toEqual([]);
    expect(one.schedule('12.5.1', 'DownloadOnly')).toEqual({
      ProductKey: 'MSU_UPDATE_21G83_patch_12.5.1_minor',
      InstallAction: 'DownloadOnly',
      Status: 'Downloading',
    });
    expect(one.pass(1).status()).toMatchObject([{ IsDownloaded: false, Status: 'Downloading' }]);
    const early = Number(one.status()[0]?.['DownloadPercentComplete']);
    expect(early).toBeGreaterThan(0.1);
    expect(Number(one.pass(1).status()[0]?.['DownloadPercentComplete'])).toBeGreaterThan(early);
    expect(one.pass(5).status()).toMatchObject([{ IsDownloaded: true, DownloadPercentComplete: 1, Status: 'Idle' }]);
    expect(one.state.unsent?.body).toContain('<real>1</real>');
    expect(one.schedule('12.5.1', 'InstallASAP')).toMatchObject({ InstallAction: 'InstallASAP', Status: 'Installing' });
    expect(one.pass(8).state.install?.stage).toBe('restarting');
    expect(contactAt(one.mac, one.state, one.now)).toBeUndefined();
    expect(one.pass(40).state).toMatchObject({
      osVersion: '12.5.1',
      osBuild: '21G83',
      installs: 1,
      wantsToConnect: true,
    });
    expect(contactAt(one.mac, one.state, one.now)).toBe('connect');
    expect(one.query('OSVersion', 'BuildVersion')).toEqual({ OSVersion: '12.5.1', BuildVersion: '21G83' });
  });

  it('S17 downloads the rest when it is told to install at once', () => {
    const one = scanned({ downloadMegabitsPerSecond: 2 });
    expect(one.schedule('12.5.1', 'InstallASAP')).toMatchObject({ Status: 'Downloading' });
    expect(one.pass(HOUR).status()).toMatchObject([{ Status: 'Downloading', IsDownloaded: false }]);
    expect(one.pass(HOUR).state.installs).toBe(1);
  });

  it('S16 is installed once, however often and late it is asked for', () => {
    const one = scanned();
    one.schedule('12.5.1', 'InstallASAP');
    const ready = one.state.install;
    expect(one.pass(1).schedule('12.5.1', 'InstallASAP')).toMatchObject({ InstallAction: 'InstallASAP' });
    expect(one.state.install).toEqual(ready);
    expect(one.pass(HOUR).state.installs).toBe(1);
    expect(one.schedule('12.5.1', 'InstallASAP')).toMatchObject({ InstallAction: 'Error', Status: 'Idle' });
    expect(one.pass(5 * HOUR).state).toMatchObject({ installs: 1, install: null });
  });

  it('is restarted 20 to 40 minutes', () => {
    const minutes = Array.from({ length: 50 }, (_, index) => {
      const one = scanned({ serial: `S${index}`, alreadyCached: true });
      one.schedule('12.5.1', 'InstallASAP');
      for (let i = 0; one.state.install?.stage !== 'restarting' && i < 20; i++) one.pass(1);
      const install = one.state.install;
      return install?.stage === 'restarting' ? millisBetween(one.now, install.backAt) / 60_000 : 0;
    });
    expect(Math.min(...minutes)).toBeGreaterThan(18);
    expect(Math.max(...minutes)).toBeLessThanOrEqual(40);
    expect(new Set(minutes).size).toBe(50);
  });

  it('goes on only while the Mac is awake', () => {
    const one = scanned({ downloadMegabitsPerSecond: 1, awake: { from: '06:00', to: '07:00' } });
    one.schedule('12.5.1', 'DownloadOnly');
    const before = one.pass(58).status()[0]?.['DownloadPercentComplete'];
    expect(one.pass(20 * HOUR).status()[0]?.['DownloadPercentComplete']).toBe(before);
  });

  it('Default downloads what is not there and installs what is', () => {
    const one = scanned();
    expect(one.schedule('12.5.1', 'Default')).toMatchObject({ InstallAction: 'DownloadOnly' });
    expect(one.pass(HOUR).schedule('12.5.1', 'Default')).toMatchObject({ InstallAction: 'InstallASAP' });
    expect(one.pass(HOUR).state.installs).toBe(1);
  });

  it('throws a download away that a newer release replaces', () => {
    const one = scanned();
    one.schedule('12.5.1', 'DownloadOnly');
    one.pass(3 * 24 * HOUR).scan();
    expect(one.status()).toEqual([]);
    expect(one.schedule('12.5.1', 'InstallASAP')).toMatchObject({
      InstallAction: 'Error',
      ProductKey: 'key of 12.5.1',
    });
  });
});

describe('an upgrade on Apple silicon', () => {
  it.each(['DownloadOnly', 'Default', 'InstallForceRestart', 'InstallLater', 'NotifyOnly'])(
    'S11 S12 does not take %s',
    (action) => {
      const one = scanned(ON_11);
      expect(one.schedule('12.5.1', action)).toMatchObject({ InstallAction: 'Error', ErrorChain: [{}] });
      expect(one.state.defects).toMatchObject([{ kind: 'major-upgrade-not-asap' }]);
      expect(one.state.download).toBeNull();
    },
  );

  it('S12 S17 takes InstallASAP alone: download and installation in one', () => {
    const one = scanned(ON_11);
    expect(one.schedule('12.5.1', 'InstallASAP')).toMatchObject({
      InstallAction: 'InstallASAP',
      Status: 'Downloading',
    });
    expect(one.pass(2 * HOUR).state).toMatchObject({ osVersion: '12.5.1', installs: 1, defects: [] });
  });

  it('S9 S28 is not unattended below 11.5', () => {
    const one = scanned({ osVersion: '11.4', osBuild: '20F71' });
    one.schedule('12.5.1', 'InstallASAP');
    expect(one.pass(5 * HOUR).state.install?.stage).toBe('user_needed');
  });
});

describe('an installation that needs somebody', () => {
  it('waits for a user on Apple silicon without bootstrap token, and never happens', () => {
    const one = scanned({ bootstrapToken: false });
    expect(one.schedule('12.5.1', 'InstallASAP')['InstallAction']).toBe('InstallASAP');
    expect(one.pass(30 * 24 * HOUR).state).toMatchObject({ installs: 0, install: { stage: 'user_needed' } });
    expect(one.status()).toMatchObject([{ IsDownloaded: true, Status: 'Idle' }]);
    expect(one.schedule('12.5.1', 'InstallASAP')).toMatchObject({ InstallAction: 'InstallASAP', Status: 'Idle' });
    expect(one.state.install?.stage).toBe('user_needed');
  });

  it('gives way to a newer release while it waits', () => {
    const one = scanned({ bootstrapToken: false });
    one.schedule('12.5.1', 'InstallASAP');
    one.pass(3 * 24 * HOUR).scan();
    expect(one.schedule('12.6', 'InstallASAP')).toMatchObject({ InstallAction: 'InstallASAP', Status: 'Downloading' });
    expect(one.state.install).toMatchObject({ stage: 'preparing', candidate: { version: '12.6' } });
  });

  it('needs no token on Intel', () => {
    const one = scanned({ ...INTEL, bootstrapToken: false });
    one.schedule('12.5.1', 'InstallASAP');
    expect(one.pass(2 * HOUR).state.installs).toBe(1);
  });

  it('S34 fails on Intel 11.0 to 11.1', () => {
    const one = scanned({ ...INTEL, osVersion: '11.1', osBuild: '20C69' });
    expect(one.schedule('11.6.8', 'InstallASAP')).toMatchObject({ InstallAction: 'Error', Status: 'InstallFailed' });
  });
});

describe('explicit errors', () => {
  it.each([
    ['DownloadOnly', 1, 'DownloadInsufficientSpace'],
    ['InstallASAP', 7, 'InstallInsufficientSpace'],
  ])('%s with %d GB free names the space, on the inner level only', (action, freeDiskGb, status) => {
    const one = scanned({ freeDiskGb });
    expect(one.schedule('12.5.1', action)).toMatchObject({ InstallAction: 'Error', Status: status, ErrorChain: [{}] });
    expect(one.state.unsent?.status).toBe('Acknowledged');
    expect(one.state).toMatchObject({ download: null, install: null });
  });

  it('goes away when the user tidies up', () => {
    const diskFreed = { at: '2022-09-10T08:00:00Z', freeDiskGb: 60 };
    const one = scanned({ freeDiskGb: 1, diskFreed });
    one.now = addMillis(one.now, 2 * 3_600_000);
    expect(one.schedule('12.5.1', 'DownloadOnly')['Status']).toBe('Downloading');
  });

  it('fails as often as the fleet file says, then works', () => {
    const one = scanned({ failures: [{ action: 'InstallASAP', status: 'InstallInsufficientPower', times: 2 }] });
    expect([1, 2, 3].map(() => one.schedule('12.5.1', 'InstallASAP')['Status'])).toEqual([
      'InstallInsufficientPower',
      'InstallInsufficientPower',
      'Downloading',
    ]);
  });
});

describe('reports that mislead', () => {
  const progress = (one: OneMac): readonly unknown[] =>
    Array.from({ length: 6 }, () => one.pass(10).status()[0]?.['DownloadPercentComplete'] ?? 'nothing');

  it('S20 S24 stand still on 11.4 to 11.6 while the download may well go on', () => {
    const one = scanned({ ...ON_11, flakyReports: 'still' });
    one.schedule('11.6.8', 'DownloadOnly');
    const seen = progress(one);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toBeLessThan(0.4);
    expect(one.status()[0]).toMatchObject({ IsDownloaded: false, Status: 'Downloading' });
    one.schedule('11.6.8', 'InstallASAP');
    expect(one.pass(2 * HOUR).state.osVersion).toBe('11.6.8');
  });

  it('S25 show a download once or twice and then no more', () => {
    const one = scanned({ ...ON_11, flakyReports: 'vanishing' });
    one.schedule('11.6.8', 'DownloadOnly');
    const seen = progress(one);
    expect(seen[0]).not.toBe('nothing');
    expect(seen.slice(2)).toEqual(['nothing', 'nothing', 'nothing', 'nothing']);
    one.schedule('11.6.8', 'DownloadOnly');
    expect(one.status()).toHaveLength(1);
  });

  it('S20 draws per request how it goes wrong, or not', () => {
    const reports = Array.from({ length: 60 }, (_, index) => {
      const one = scanned({ ...ON_11, serial: `S${index}`, flakyReports: true });
      one.schedule('11.6.8', 'DownloadOnly');
      return one.state.download?.report;
    });
    expect(new Set(reports)).toEqual(new Set(['still', 'vanishing', 'honest']));
  });

  it('are honest on every other version', () => {
    const one = scanned({ flakyReports: 'vanishing' });
    one.schedule('12.5.1', 'DownloadOnly');
    expect(one.pass(HOUR).status()).toMatchObject([{ IsDownloaded: true }]);
  });

  it('S23 say nothing of what is already cached, and its installation is quick', () => {
    const one = scanned({ alreadyCached: true, downloadMegabitsPerSecond: 0.1 });
    expect(one.schedule('12.5.1', 'DownloadOnly')).toMatchObject({ InstallAction: 'DownloadOnly' });
    expect(one.pass(10).status()).toEqual([]);
    expect(one.schedule('12.5.1', 'InstallASAP')).toMatchObject({ Status: 'Installing' });
    expect(one.pass(46).state.installs).toBe(1);
  });
});
