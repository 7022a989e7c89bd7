import { describe, expect, it } from '@jest/globals';
import type { ReleasesEvent } from '@managed-os/contracts';
import { type Instant, instant } from '@managed-os/kernel';
import { specify } from '@managed-os/kernel/testing';
import type { ReleaseAnnounced } from '../catalogue/catalogue.js';
import { type FeedChange, release } from './release.decider.js';

const given = specify(release);
const seen: Instant = instant(Date.parse('2026-09-12T18:00Z'));
const later: Instant = instant(Date.parse('2026-10-12T18:00Z'));

const announced = (fields: Partial<ReleaseAnnounced> = {}): ReleaseAnnounced => ({
  ...{ type: 'ReleaseAnnounced', version: '26.2', build: '25C56', os: '26', kind: 'minor' },
  ...{ released: '2026-09-12', firstSeen: seen, supportedDevices: ['A', 'B'], allDevices: false },
  ...{ installer: false, comboPackage: false },
  ...fields,
});
const change = (kind: string, fields: Partial<FeedChange> = {}): FeedChange => ({
  ...{ change: kind, version: '26.2', build: '25C56', os: '26', kind: 'minor', released: '2026-09-12' },
  ...{ supportedDevices: [], devices: [], installer: false, comboPackage: false },
  ...fields,
});
const apply = (kind: string, fields: Partial<FeedChange> = {}, when = seen, isPublic = true) =>
  ({ type: 'Apply', change: change(kind, fields), seen: when, isPublic }) as const;
const devicesChanged = (supportedDevices: string[], added: string[], removed: string[]): ReleasesEvent => ({
  ...{ type: 'ReleaseDevicesChanged', version: '26.2', build: '25C56', os: '26' },
  ...{ supportedDevices, added, removed },
});
const left = (type: 'ReleaseLeftPublic' | 'ReleaseLeftAll', when = seen): ReleasesEvent => ({
  ...{ type, version: '26.2', build: '25C56', os: '26' },
  left: when,
});

describe('a version of macOS', () => {
  it('is announced once per build', () => {
    given().when({ type: 'Announce', release: announced() }).then(announced());
    given(announced())
      .when({ type: 'Announce', release: announced({ firstSeen: later }) })
      .thenNothing();
    const other = announced({ build: '25C2056', supportedDevices: ['J700AP'] });
    given(announced()).when({ type: 'Announce', release: other }).then(other);
  });

  it('S61 an earlier date counts, a later one does not; when it was first seen stays', () => {
    const told = announced({ released: '2026-09-01', firstSeen: later, supportedDevices: [] });
    given(announced())
      .when({ type: 'Announce', release: told })
      .then(announced({ released: '2026-09-01' }));
    given(announced({ released: '2026-09-01' }))
      .when({ type: 'Announce', release: announced() })
      .thenNothing();
    given(announced(), announced({ released: '2026-09-01' }))
      .when({ type: 'Announce', release: announced({ released: '2026-09-05' }) })
      .thenNothing();
  });

  it('X14 an accepted release of the feed is announced, with the instant at which the feed showed it', () => {
    const added = apply('release_added', { supportedDevices: ['A', 'B'] });
    given().when(added).then(announced());
    given(announced()).when(added).thenNothing();
    given()
      .when(
        apply('release_added', {
          kind: 'bsi',
          versionExtra: '(a)',
          prerequisiteBuild: '25C55',
          supportedDevices: ['A'],
        }),
      )
      .then(announced({ kind: 'bsi', versionExtra: '(a)', prerequisiteBuild: '25C55', supportedDevices: ['A'] }));
  });

  it('X14 Macs come and go by what is known at that moment', () => {
    given(announced())
      .when(apply('devices_added', { devices: ['C', 'A'] }))
      .then(devicesChanged(['A', 'B', 'C'], ['C'], []));
    given(announced())
      .when(apply('devices_removed', { devices: ['A', 'C'] }))
      .then(devicesChanged(['B'], [], ['A']));
    const history = [announced(), devicesChanged(['A', 'B', 'C'], ['C'], [])];
    given(...history)
      .when(apply('devices_added', { devices: ['C'] }))
      .thenNothing();
    given(...history)
      .when(apply('devices_removed', { devices: ['A'] }))
      .then(devicesChanged(['B', 'C'], [], ['A']));
    given(announced({ allDevices: true }))
      .when(apply('devices_added', { devices: ['C'] }))
      .thenNothing();
  });

  it('X14 S61 a date that moved back makes the announcement earlier', () => {
    given(announced())
      .when(apply('moved_back', { released: '2026-08-01' }))
      .then(announced({ released: '2026-08-01' }));
    given(announced())
      .when(apply('moved_back', { released: '2026-09-30' }))
      .thenNothing();
  });

  it('leaves the public list, and all lists', () => {
    given(announced()).when(apply('left_public')).then(left('ReleaseLeftPublic'));
    given(announced(), left('ReleaseLeftPublic')).when(apply('left_public')).thenNothing();
    given(announced(), left('ReleaseLeftPublic'))
      .when(apply('left_all', {}, later, false))
      .then(left('ReleaseLeftAll', later));
    given(announced()).when(apply('left_all')).then(left('ReleaseLeftPublic'), left('ReleaseLeftAll'));
    given(announced(), left('ReleaseLeftPublic'), left('ReleaseLeftAll')).when(apply('left_all')).thenNothing();
  });

  it('may leave again after it came back, the public list and all lists', () => {
    given(announced(), left('ReleaseLeftPublic'))
      .when(apply('left_public', {}, later))
      .then(left('ReleaseLeftPublic', later));
    given(announced(), left('ReleaseLeftPublic'))
      .when(apply('left_all', {}, later))
      .then(left('ReleaseLeftPublic', later), left('ReleaseLeftAll', later));
  });

  it('is listed again, to all or to a device management service, and told so once', () => {
    const back = (to: 'public' | 'all'): ReleasesEvent => ({
      ...{ type: 'ReleaseReturned', version: '26.2', build: '25C56', os: '26', to, returned: later },
    });
    const gone = [announced(), left('ReleaseLeftPublic'), left('ReleaseLeftAll')];
    given(...gone)
      .when(apply('returned_public', {}, later))
      .then(back('public'));
    given(...gone)
      .when(apply('returned_all', {}, later))
      .then(back('all'));
    given(...gone, back('public'))
      .when(apply('returned_public', {}, later))
      .thenNothing();
    given(...gone, back('all'))
      .when(apply('returned_all', {}, later))
      .thenNothing();
    given(...gone, back('all'))
      .when(apply('returned_public', {}, later))
      .then(back('public'));
    given(announced()).when(apply('returned_public')).thenNothing();
  });

  it('does not leave a public list on which it never was', () =>
    given(announced())
      .when(apply('left_all', {}, seen, false))
      .then(left('ReleaseLeftAll')));

  it.each([
    'devices_added',
    'devices_removed',
    'moved_back',
    'left_public',
    'left_all',
    'returned_public',
    'returned_all',
    'a change of tomorrow',
  ])('nothing comes of %s for a build that was never announced', (kind) =>
    given()
      .when(apply(kind, { devices: ['A'] }))
      .thenNothing(),
  );

  it('a change of tomorrow leaves a known build alone', () => given(announced()).when(apply('renamed')).thenNothing());

  it('X13 lists the exploited vulnerabilities that it fixes, all that were ever said, once per change', () => {
    const listed = (...cves: string[]): ReleasesEvent => ({
      ...{ type: 'ExploitedVulnerabilitiesListed', version: '26.2', os: '26' },
      ...{ cves, source: 'sofa' },
    });
    const say = (...cves: string[]) => ({ type: 'ListExploited', cves, source: 'sofa' }) as const;
    given(announced()).when(say('CVE-2026-2', 'CVE-2026-1')).then(listed('CVE-2026-1', 'CVE-2026-2'));
    given(announced(), listed('CVE-2026-1')).when(say('CVE-2026-1')).thenNothing();
    given(announced(), listed('CVE-2026-1')).when(say('CVE-2026-2')).then(listed('CVE-2026-1', 'CVE-2026-2'));
    given(announced(), listed('CVE-2026-1')).when(say()).thenNothing();
    given().when(say('CVE-2026-1')).thenNothing();
    expect(given(listed('CVE-2026-1')).state.exploited).toEqual(['CVE-2026-1']);
  });
});
