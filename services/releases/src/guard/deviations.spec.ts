import { describe, expect, it } from '@jest/globals';
import { NOTHING_LISTED, type PmvState, takePmv } from '@managed-os/apple-mdm';
import { announcements, loadCatalogue } from '../catalogue/catalogue.js';
import { bodyOf, type Listed, type Lists } from '../testing/feed-bodies.js';
import { type Deviation, deviationsOf, type KnownBuild, kindOf } from './deviations.js';

const TODAY = '2026-09-20';

const said = (...bodies: readonly Lists[]): PmvState =>
  bodies.reduce((state, lists) => takePmv(state, bodyOf(lists)).state, NOTHING_LISTED);
const known = (...builds: readonly (Listed & Partial<Omit<KnownBuild, 'devices'>>)[]) =>
  new Map(
    builds.map(({ version, build, devices = 'A B', left, kind = 'minor', released = '2026-09-01' }) => [
      `${version} ${build}`,
      {
        ...{ version, build, os: version.split('.')[0] ?? '', kind, released },
        devices: devices.split(' '),
        ...(left && { left }),
      },
    ]),
  );
const lineOf = ({ change, suspicions, routine }: Deviation): string =>
  [
    change.change,
    change.version,
    change.build,
    ...change.devices,
    ...suspicions.map((why) => `!${why}`),
    routine ? 'routine' : '',
  ]
    .join(' ')
    .trim();
const lines = (counts: ReadonlyMap<string, KnownBuild>, state: PmvState): readonly string[] =>
  deviationsOf(counts, state, TODAY).map(lineOf);

const v1 = { version: '26.1', build: '25B78' };
const v2 = { version: '26.2', build: '25C56' };
const v3 = { version: '26.3', build: '25D125' };
const other = { version: '15.7', build: '24G222' };

describe('where Apple’s feed says something else than what counts (X14)', () => {
  it('nothing is other while nothing was said, or all is as it was announced', () => {
    expect(lines(known(v1, v2), NOTHING_LISTED)).toEqual([]);
    expect(lines(known(v1, v2), said({ open: [v2], assets: [v1] }))).toEqual([]);
    expect(lines(known(v1, v2, { version: '10.15.7', build: '19H2' }), said({ open: [v2] }))).toEqual([]);
  });

  it('a build that nobody announced is added, with all that is known of it', () =>
    expect(deviationsOf(known(v2), said({ open: [v3, other], assets: [v2, v1] }), TODAY)[1]?.change).toEqual({
      ...{ change: 'release_added', version: '26.3', build: '25D125', os: '26', kind: 'minor', released: '2026-09-01' },
      ...{ supportedDevices: ['A', 'B'], devices: [], installer: false, comboPackage: false },
    }));

  it('one that is superseded before anybody decided is added all the same, one that is gone from all lists is not', () => {
    expect(lines(known(v1), said({ open: [v2] }, { open: [v3], assets: [v2] }))).toEqual([
      'release_added 26.2 25C56',
      'release_added 26.3 25D125',
    ]);
    expect(lines(known(v3), said({ open: [v2] }, { open: [v3] }))).toEqual([]);
  });

  it('a build without a date was released today, one without a name is nothing to announce', () => {
    const undated = takePmv(NOTHING_LISTED, {
      public: [
        { version: '26.3', build: '25D125', posted: null, expires: null, devices: ['A'] },
        { version: '26.2', build: null, posted: null, expires: null, devices: ['A'] },
      ],
      ...{ assets: [], improvements: [] },
    }).state;
    expect(deviationsOf(known(), undated, TODAY).map(({ change }) => [change.version, change.released])).toEqual([
      ['26.3', TODAY],
    ]);
  });

  it('Macs that come are told, Macs that disappear are suspicious', () => {
    const [added, removed] = deviationsOf(
      known(v2),
      said({ open: [v2] }, { open: [{ ...v2, devices: 'B C D' }] }),
      TODAY,
    );
    expect(added && lineOf(added)).toBe('devices_added 26.2 25C56 C D');
    expect(added?.change.supportedDevices).toEqual(['A', 'B', 'C', 'D']);
    expect(removed && lineOf(removed)).toBe('devices_removed 26.2 25C56 A !devices_removed');
    expect(removed?.change.supportedDevices).toEqual(['B']);
  });

  it('a Mac that the catalogue has, and the feed never had, did not disappear', () =>
    expect(lines(known({ ...v2, devices: 'A B J700AP' }), said({ open: [v2] }))).toEqual([]));

  it('lists of superseded builds, and of builds made for every Mac, change nothing', () => {
    expect(lines(known(v2, v3), said({ open: [v3], assets: [{ ...v2, devices: 'A Z' }] }))).toEqual([]);
    const everybody = new Map([['26.2 25C56', { ...v2, os: '26', kind: 'minor', released: '2026-09-01' }]]);
    expect(lines(everybody, said({ open: [{ ...v2, devices: 'Z' }] }))).toEqual([]);
  });

  it('S61 trap 15 a date that moves back is suspicious, one that moves on is nothing', () => {
    const back = deviationsOf(known(v2), said({ open: [{ ...v2, posted: '2026-08-01' }] }), TODAY);
    expect(back.map(lineOf)).toEqual(['moved_back 26.2 25C56 !moved_back']);
    expect(back[0]?.change).toMatchObject({ released: '2026-08-01', previousReleased: '2026-09-01' });
    expect(lines(known(v2), said({ open: [{ ...v2, posted: '2026-09-30' }] }))).toEqual([]);
  });

  it('a successor for all of its Macs makes a build leave as a matter of routine', () => {
    expect(lines(known(v2, v3), said({ open: [v2] }, { open: [v3], assets: [v2] }))).toEqual([
      'left_public 26.2 25C56 routine',
    ]);
    expect(lines(known(v2, v3), said({ open: [v2] }, { open: [v3] }))).toEqual(['left_all 26.2 25C56 routine']);
    expect(lines(known({ ...v2, left: 'public' }, v3), said({ open: [v2] }, { open: [v3] }))).toEqual([
      'left_all 26.2 25C56 routine',
    ]);
    expect(lines(known(v1, v3), said({ open: [v3], assets: [v1] }, { open: [v3] }))).toEqual([
      'left_all 26.1 25B78 routine',
    ]);
    expect(lines(known({ ...v2, left: 'all' }, v3), said({ open: [v2] }, { open: [v3] }))).toEqual([]);
  });

  it('a build that had left and is listed again is there again, as a matter of routine', () => {
    const back = said({ open: [v2] }, { open: [v3] }, { open: [v2, v3] });
    for (const left of ['public', 'all'] as const) {
      expect(lines(known({ ...v2, left }, v3), back)).toEqual(['returned_public 26.2 25C56 routine']);
    }
    const asset = said({ open: [v2] }, { open: [v3] }, { open: [v3], assets: [v2] });
    expect(lines(known({ ...v2, left: 'all' }, v3), asset)).toEqual(['returned_all 26.2 25C56 routine']);
    expect(lines(known({ ...v2, left: 'public' }, v3), asset)).toEqual([]);
  });

  it.each([
    ['another major is no successor', [other]],
    ['an older version is none', [other, v1]],
    ['one for other Macs is none', [other, { ...v3, devices: 'A C' }]],
  ])('a release vanishes: %s', (_, open) =>
    expect(lines(known(v1, v2, v3, other), said({ open: [v2, other] }, { open }))).toEqual(
      expect.arrayContaining(['left_all 26.2 25C56 !vanished']),
    ),
  );

  it('two forks of one version are replaced by one successor', () => {
    const fork = { version: '26.2', build: '25C2056', devices: 'J700AP' };
    const successor = { ...v3, devices: 'A B J700AP' };
    const state = said({ open: [v2, fork] }, { open: [successor], assets: [v2, fork] });
    expect(lines(known(v2, fork, successor), state)).toEqual([
      'left_public 26.2 25C56 routine',
      'left_public 26.2 25C2056 routine',
    ]);
    expect(lines(known(v2, fork), said({ open: [v2, fork] }, { open: [fork] }))).toEqual([
      'left_all 26.2 25C56 !vanished',
    ]);
  });

  it('a major that vanishes is one question, not one for each of its builds', () => {
    const gone = said({ open: [v3, other], assets: [v2, v1] }, { open: [other] });
    expect(lines(known(v1, v2, v3, other), gone)).toEqual(['left_all 26.3 25D125 !vanished']);
    expect(lines(known(v1, v2, { ...v3, left: 'all' }, other), gone)).toEqual([
      'left_all 26.1 25B78 routine',
      'left_all 26.2 25C56 routine',
    ]);
  });

  it('a body that takes something back takes the deviation along', () => {
    expect(lines(known(v2, v3), said({ open: [v3] }, { open: [v2] }, { open: [v3] }))).toEqual([
      'left_all 26.2 25C56 routine',
    ]);
    expect(lines(known(v3), said({ open: [v3] }, { open: [{ ...v3, devices: 'A' }] }, { open: [v3] }))).toEqual([]);
  });

  it('a security improvement is a release of its own kind, for the Macs that it is listed for', () => {
    const improvement = { version: '26.3', build: '25D771250a', on: '25D125', devices: 'A' };
    const [found, ...others] = deviationsOf(known(v3), said({ open: [v3], improvements: [improvement] }), TODAY);
    expect(others).toEqual([]);
    expect(found?.change).toMatchObject({
      ...{ change: 'release_added', kind: 'bsi', supportedDevices: ['A'] },
      ...{ versionExtra: '(a)', prerequisiteBuild: '25D125' },
    });
    const told = known(v3, { ...improvement, kind: 'bsi' });
    expect(lines(told, said({ open: [v3], improvements: [improvement] }, { open: [v3] }))).toEqual([]);
  });
});

describe('which kind a new build is', () => {
  it('S45 one for Macs that have the version already is a supplemental one, one for new Macs is not', () => {
    const first = known({ ...v2, kind: 'patch' });
    expect(kindOf('26.2', ['A', 'B'], first)).toBe('supplemental');
    expect(kindOf('26.2', ['J700AP', 'J800AP', 'A'], first)).toBe('patch');
  });

  it('is what Apple’s history says, by the numbers of the version', async () => {
    const all = announcements(await loadCatalogue()).filter(({ kind }) => ['major', 'minor', 'patch'].includes(kind));
    // First versions that were never sold under their first number.
    const others = ['11.0.1', '12.0.1'];
    expect(all.length).toBeGreaterThan(150);
    for (const { version, kind } of all.filter((one) => !others.includes(one.version)))
      expect(`${version} ${kindOf(version, [], new Map())}`).toBe(`${version} ${kind}`);
  });
});
