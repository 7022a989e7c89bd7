import { readFile } from 'node:fs/promises';
import type { Sources } from './sources.js';
import { announcements } from '../catalogue.js';
import { hardwareOf, newestFor } from '../../newest/newest.js';
import { compileCatalogue } from './compile.js';
import { releaseDataFolder } from './config.js';
import { withLaterReleases } from './later-releases.js';
import { printCatalogue } from './print.js';
import { readSources } from './sources.js';

const newest = { version: '12.7.4', build: '21H1123' };
const small: Sources = {
  history: [
    { version: '12.4', builds: ['21F79'], released: '2022-05-16', major: '12', kind: 'minor', fullInstaller: true },
    { version: '12.6', builds: ['21G115'], released: '2022-09-12', major: '12', kind: 'minor' },
    {
      version: '12.7.4',
      builds: ['21H1123'],
      released: '2024-03-07',
      major: '12',
      kind: 'patch',
      gdmf: { '21H1123': { asset: { firstSeen: '2024-06-30T19:16Z' } } },
    },
    { version: '10.15.1', builds: ['19B88'], released: '2019-10-29', major: '10.15', kind: 'minor' },
  ],
  devices: [
    {
      softwareUpdateDeviceID: 'J313AP',
      family: 'apple-silicon',
      modelIdentifiers: ['MacBookAir10,1'],
      majorsInGdmf: [12],
      macOS27: true,
      latestPublic20260822: newest,
    },
    {
      softwareUpdateDeviceID: 'Mac-1',
      family: 'intel',
      modelIdentifiers: ['iMac1,1'],
      majorsInGdmf: [11],
      macOS27: false,
      latestPublic20260822: newest,
    },
  ],
  models: [
    { modelIdentifier: 'MacBookAir10,1', softwareUpdateDeviceIDs: ['J313AP'], supportedMajors: ['12', '27'] },
    { modelIdentifier: 'iMac1,1', softwareUpdateDeviceIDs: ['Mac-1'], supportedMajors: ['10.15', '11'] },
  ],
  captures: [
    [{ ProductVersion: '12.7.4', Build: '21H1123', SupportedDevices: ['J313AP'] }],
    [{ ProductVersion: '12.7.4', Build: '21H1123', SupportedDevices: ['VMM-x86_64'] }],
  ],
};

describe('compiling the catalogue', () => {
  const { releases, deviceSets } = compileCatalogue(small);
  const listOf = (version: string) => {
    const name = releases.find((r) => r.version === version)?.builds[0]?.devices;
    return name === undefined ? 'everybody' : deviceSets[name];
  };

  it('unites the lists of all captures of a build', () => expect(listOf('12.7.4')).toEqual(['J313AP', 'VMM-x86_64']));
  it('takes the Macs of the major where no capture shows the build', () => expect(listOf('12.6')).toEqual(['J313AP']));
  it('takes the table of models for majors that the feed never listed', () =>
    expect(listOf('10.15.1')).toEqual(['Mac-1']));

  it('refuses to guess for whom a build for particular hardware is', () => {
    const row = { version: '12.6', builds: ['21G2000'], released: '2022-09-13', major: '12', kind: 'minor' } as const;
    expect(() => compileCatalogue({ ...small, history: [{ ...row, hardwareSpecific: true }] })).toThrow('for which?');
  });

  it('adds what came out after the record, in the order of days, until the history has it itself', () => {
    const rows = ['2026-09-13', '2026-09-20', '2026-09-29'].map((released) => ({
      ...{ version: `1.${released.slice(-2)}`, builds: [], major: '1', kind: 'minor' as const, released },
    }));
    const versionsOf = (history: typeof rows) => withLaterReleases(history).map(({ version }) => version);
    expect(versionsOf(rows)).toEqual(['1.13', '15.8', '1.20', '15.8.1', '1.29']);
    const known = rows.map((row) => (row.version === '1.13' ? { ...row, version: '15.8' } : row));
    expect(versionsOf(known)).toEqual(['15.8', '1.20', '15.8.1', '1.29']);
  });
});

const folder = releaseDataFolder();
const withData = folder === undefined ? describe.skip : describe;
withData('the source data (skipped without it: MOS_RELEASE_DATA=<folder>)', () => {
  it('gives the committed catalogue, byte for byte', async () => {
    const committed = await readFile(
      new URL('../../../src/catalogue/catalogue.generated.json', import.meta.url),
      'utf8',
    );
    expect(printCatalogue(compileCatalogue(await readSources(folder ?? '')))).toBe(committed);
  });

  it('gives every device the newest release that Apple offered it in the newest capture', async () => {
    const sources = await readSources(folder ?? '');
    const catalogue = compileCatalogue(sources);
    const announced = announcements(catalogue).filter((a) => a.firstSeen <= '2026-08-22T18:45:00.000Z');
    const offered = new Map(
      sources.devices.map(({ softwareUpdateDeviceID, latestPublic20260822 }) => [
        softwareUpdateDeviceID,
        `${latestPublic20260822.version} ${latestPublic20260822.build}`,
      ]),
    );
    const ours = new Map(
      [...offered.keys()].map((id) => {
        const hardware = hardwareOf(catalogue, { softwareUpdateDeviceId: id });
        const release = hardware && newestFor(announced, hardware);
        return [id, `${release?.version} ${release?.build}`];
      }),
    );
    expect(ours).toEqual(offered);
  });
});

if (folder === undefined) {
  console.warn('the catalogue is not compared with its source: MOS_RELEASE_DATA=<folder> is not set');
}
