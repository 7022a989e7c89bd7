import { encodeEvent } from '@managed-os/contracts';
import { compareVersions } from '@managed-os/kernel';
import { announcements, type Catalogue, loadCatalogue } from './catalogue.js';

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await loadCatalogue();
});

const countedBy = <T>(all: readonly T[], keyOf: (one: T) => string): Record<string, number> =>
  all.reduce<Record<string, number>>((counts, one) => {
    const key = keyOf(one);
    return { ...counts, [key]: (counts[key] ?? 0) + 1 };
  }, {});
const releasesOf = (version: string) => catalogue.releases.filter((r) => r.version === version);
const devicesOf = (version: string, build: string): readonly string[] =>
  announcements(catalogue).find((a) => a.version === version && a.build === build)?.supportedDevices ?? [];

describe('the catalogue', () => {
  it('has every public release since 10.13, by kind (release-feed 7)', () => {
    const counts = countedBy(catalogue.releases, ({ kind }) => kind);
    expect(counts).toEqual({ major: 10, minor: 71, patch: 114, supplemental: 77, rsr: 3, bsi: 2 });
    expect(catalogue.releases).toHaveLength(277);
  });

  it('starts with 10.13 and begins 11 and 12 with their first public versions', () => {
    expect(catalogue.releases[0]).toMatchObject({ version: '10.13', released: '2017-09-25' });
    expect(catalogue.releases.filter((r) => r.kind === 'major').map((r) => r.version)).toEqual([
      '10.13',
      '10.14',
      '10.15',
      '11.0.1',
      '12.0.1',
      '13.0',
      '14.0',
      '15.0',
      '26.0',
      '27.0',
    ]);
  });

  it('12.6 came on 2022-09-12 as 21G115, at Apple’s usual hour', () =>
    expect(releasesOf('12.6')).toEqual([
      {
        version: '12.6',
        kind: 'minor',
        released: '2022-09-12',
        builds: [{ build: '21G115', firstSeen: '2022-09-12T17:00:00.000Z', devices: '12', installer: true }],
      },
    ]));

  it('takes the hour from the feed where a capture shows the release coming', () => {
    expect(releasesOf('26.0')[0]?.builds[0]?.firstSeen).toBe('2025-09-15T18:04:00.000Z');
    expect(releasesOf('26.0.1')[1]?.builds[0]?.firstSeen).toBe('2025-10-16T00:50:00.000Z');
  });

  it('does not take the beginning of the record for the release of what had long been there', () =>
    expect(releasesOf('11.7.10')[0]?.builds[0]?.firstSeen).toBe('2023-09-11T17:00:00.000Z'));

  it('the second build of 26.0.1 is for Mac17,2 only', () => {
    expect(devicesOf('26.0.1', '25A8364')).toEqual(['J704AP']);
    expect(catalogue.devices.find(({ id }) => id === 'J704AP')?.models).toEqual(['Mac17,2']);
    expect(devicesOf('26.0.1', '25A362')).toHaveLength(55);
  });

  it('26.3.2 is for one board; 15.1 has disjoint builds but for the virtual Mac', () => {
    expect(devicesOf('26.3.2', '25D2140')).toEqual(['J700AP']);
    const [main, forked] = [devicesOf('15.1', '24B83'), devicesOf('15.1', '24B2083')];
    expect(main.filter((id) => forked.includes(id))).toEqual(['VMA2MACOSAP']);
  });

  it('offers no build for particular hardware to everybody', () => {
    expect(devicesOf('12.4', '21F2092')).toEqual(['J413AP', 'J493AP']);
    expect(devicesOf('13.6.2', '22G320')).toHaveLength(8);
    expect(devicesOf('13.6.2', '22G2321')).toEqual(['J433AP', 'J434AP', 'J504AP']);
    expect(devicesOf('14.1.1', '23B81')).not.toContain('J514sAP');
    expect(devicesOf('14.1.1', '23B2082')).toContain('J514sAP');
    expect(devicesOf('10.14.5', '18F203')).toEqual([]);
  });

  it('supplemental builds stay supplemental (S45)', () => {
    expect(releasesOf('11.2.1').map(({ kind, builds }) => [kind, builds[0]?.build])).toEqual([
      ['patch', '20D74'],
      ['supplemental', '20D75'],
    ]);
    expect(releasesOf('10.15.7').filter((r) => r.kind === 'supplemental').length).toBeGreaterThan(10);
  });

  it('security responses name their suffix and the build they sit on (release-feed 3.5)', () => {
    const responses = announcements(catalogue).filter((a) => a.kind === 'rsr' || a.kind === 'bsi');
    expect(responses.map((a) => [a.version, a.versionExtra, a.build, a.prerequisiteBuild])).toEqual([
      ['13.3.1', '(a)', '22E772610a', '22E261'],
      ['13.4.1', '(a)', '22F770820b', '22F82'],
      ['13.4.1', '(a)', '22F770830b', '22F2083'],
      ['13.4.1', '(c)', '22F770820d', '22F82'],
      ['13.4.1', '(c)', '22F770830e', '22F2083'],
      ['26.3.1', '(a)', '25D771280a', '25D2128'],
      ['26.3.2', '(a)', '25D771400a', '25D2140'],
    ]);
    expect(devicesOf('26.3.1', '25D771280a')).toHaveLength(62);
    expect(devicesOf('13.4.1', '22F770830b')).toEqual(devicesOf('13.4.1', '22F2083'));
  });

  it('S38 combo packages are the regular minor releases of 10.13 to 10.15', () => {
    const combos = announcements(catalogue).filter((a) => a.comboPackage);
    expect(new Set(combos.map((a) => a.os))).toEqual(new Set(['10.13', '10.14', '10.15']));
    expect(combos.filter((a) => a.kind === 'minor').map((a) => a.version)).toContain('10.15.7');
    expect(combos.map((a) => a.build)).toEqual(expect.arrayContaining(['18D43']));
    expect(combos.map((a) => a.version)).not.toContain('10.15');
  });

  it('full installers are known from 11 on only', () => {
    const without = announcements(catalogue).filter((a) => !a.installer && a.kind !== 'rsr' && a.kind !== 'bsi');
    // Of 15.8 and 15.8.1 nobody wrote down whether there is one.
    expect(without.filter((a) => !a.os.startsWith('10.')).map((a) => a.build)).toEqual(['20D74', '24H23', '24H32']);
  });

  it('knows 139 device ids and 144 models, each last major as in the table of release-feed 4', () => {
    expect([catalogue.devices.length, catalogue.models.length]).toEqual([139, 144]);
    const counts = countedBy(catalogue.models, ({ majors }) => majors.at(-1) ?? '');
    const endingWith = (major: string) => catalogue.models.filter((m) => m.majors.at(-1) === major);
    expect(counts).toEqual({
      '10.13': 22,
      '10.14': 1,
      '10.15': 14,
      11: 8,
      12: 14,
      13: 7,
      14: 2,
      15: 10,
      26: 6,
      27: 60,
    });
    expect(endingWith('14').map((m) => m.model)).toEqual(['MacBookAir8,1', 'MacBookAir8,2']);
    expect(endingWith('26').map((m) => m.model)).toEqual([
      'MacBookPro16,1',
      'MacBookPro16,2',
      'MacBookPro16,4',
      'MacPro7,1',
      'iMac20,1',
      'iMac20,2',
    ]);
  });

  it('every release of a major beyond a Mac’s last one leaves it out', () => {
    const last = new Map(catalogue.models.flatMap(({ ids, majors }) => ids.map((id) => [id, majors.at(-1) ?? ''])));
    const wrong = announcements(catalogue).filter(({ os, supportedDevices }) =>
      supportedDevices.some((id) => last.has(id) && compareVersions(last.get(id) ?? '', os) < 0),
    );
    expect(wrong).toEqual([]);
  });
});

describe('its announcements', () => {
  it('come in the order of their first-seen instants, one per build', () => {
    const all = announcements(catalogue);
    expect(all.map((a) => a.firstSeen)).toEqual(all.map((a) => a.firstSeen).toSorted());
    expect(new Set(all.map((a) => `${a.version} ${a.build}`)).size).toBe(all.length);
  });

  it('keep the first day of a build that was released twice', () =>
    expect(
      announcements(catalogue)
        .filter((a) => a.build === '18G6032')
        .map((a) => a.released),
    ).toEqual(['2020-09-24']));

  it('are valid events', () => announcements(catalogue).forEach((event) => encodeEvent(event)));
});
