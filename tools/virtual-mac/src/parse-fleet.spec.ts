import { describe, expect, it } from '@jest/globals';
import { FleetUnreadable, parseFleet } from './parse-fleet.js';

const mac = {
  serial: 'C02AAAA00001',
  model: 'MacBookPro18,3',
  softwareUpdateDeviceId: 'J314sAP',
  architecture: 'apple_silicon',
  osVersion: '12.5',
  osBuild: '21G72',
};
const release = { version: '12.6', build: '21G115', released: '2022-09-12T17:00:00Z', sizeMb: 2500 };
const fleet = (change: object, file: object = {}): unknown => ({
  releases: [release],
  macs: [{ ...mac, ...change }],
  ...file,
});

const problemsOf = (file: unknown): readonly string[] => {
  try {
    parseFleet(file);
    return [];
  } catch (error) {
    if (!(error instanceof FleetUnreadable)) throw error;
    return error.problems.map((problem) => `${problem.field}: ${problem.message}`);
  }
};

describe('a fleet file', () => {
  it('needs little per Mac; the rest has defaults, and the UDID follows from seed and serial', () => {
    const read = parseFleet(fleet({})).macs[0];
    expect(read).toEqual(parseFleet(fleet({})).macs[0]);
    expect(read).toMatchObject({
      name: 'C02AAAA00001',
      modelName: 'MacBook Pro',
      zone: 'UTC',
      awake: 'always',
      bootstrapToken: true,
      supervised: true,
      freeDiskGb: 120,
      notNow: { first: 0, minutes: 15 },
      powerNap: false,
      battery: { pluggedIn: 'always', level: 0.87 },
      user: { shortName: 'ada', longName: 'Ada Lovelace' },
      events: [],
      releases: [{ version: '12.6', released: '2022-09-12T17:00:00.000Z' }],
    });
    expect(read?.udid).toMatch(/^00008103-[0-9A-F]{16}$/);
    expect(parseFleet(fleet({ architecture: 'intel' })).macs[0]?.udid).toMatch(
      /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/,
    );
  });

  it('gives only what is a MacBook, or says so, a battery', () => {
    expect(parseFleet(fleet({ model: 'iMac21,1' })).macs[0]).not.toHaveProperty('battery');
    const battery = { pluggedIn: { from: '09:00', to: '17:00' }, level: 0.3 };
    expect(parseFleet(fleet({ model: 'Mac14,2', battery })).macs[0]?.battery).toEqual({
      pluggedIn: { from: '09:00', to: '17:00', days: [1, 2, 3, 4, 5, 6, 7] },
      level: 0.3,
    });
  });

  it("fills every Mac from `defaults`, and a Mac's own field wins", () => {
    const read = parseFleet(fleet({ zone: 'Asia/Tokyo' }, { defaults: { zone: 'Europe/Berlin', supervised: false } }));
    expect(read.macs[0]).toMatchObject({ zone: 'Asia/Tokyo', supervised: false });
  });

  it('offers a Mac only what `offered` names', () => {
    expect(parseFleet(fleet({ offered: [] })).macs[0]?.releases).toEqual([]);
    expect(problemsOf(fleet({ offered: ['13.0'] }))).toEqual(['macs[0].offered: 13.0 is not in the list of releases']);
  });

  it.each([
    [{ zone: 'Europe/Atlantis' }, 'macs[0].zone: "Europe/Atlantis" is not an IANA time zone'],
    [{ osVersion: 'twelve' }, 'macs[0].osVersion: "twelve" is not a macOS version'],
    [{ osBuild: 'x' }, 'macs[0].osBuild: "x" is not a build such as 21G115'],
    [{ architecture: 'arm' }, 'macs[0].architecture: must be one of apple_silicon, intel'],
    [{ superviced: true }, 'macs[0].superviced: is not a known field'],
    [{ freeDiskGb: -1 }, 'macs[0].freeDiskGb: must be a number, at least 0'],
    [{ awake: { from: '8', to: '18:00' } }, 'macs[0].awake.from: "8" is not a time of day, HH:MM'],
    [
      { awake: { from: '08:00', to: '18:00', days: [8] } },
      'macs[0].awake.days: must be days of the week, 1 (Monday) to 7 (Sunday)',
    ],
    [{ notNow: { first: 'two' } }, 'macs[0].notNow.first: must be a number, at least 0'],
    [{ failures: [{ action: 'InstallASAP', status: 'Tired' }] }, /^macs\[0\]\.failures\[0\]\.status: must be one of /],
    [{ battery: { level: 87 } }, 'macs[0].battery.level: must be from 0 to 1'],
    [{ battery: { pluggedIn: 'often' } }, 'macs[0].battery.pluggedIn: must be one of always, never'],
    [
      { battery: { pluggedIn: { from: '8', to: '9' } } },
      'macs[0].battery.pluggedIn.from: "8" is not a time of day, HH:MM',
    ],
    [{ user: { authorisesAfterHours: 1 } }, 'macs[0].user.authorisesAfterHours: is not a known field'],
    [{ user: { updatesAfterHours: 'soon' } }, 'macs[0].user.updatesAfterHours: must be a number, at least 0'],
    [{ user: { channel: 'all' } }, 'macs[0].user.channel: must be one of local, network'],
    [{ events: [{ at: 'soon', what: 'wiped' }] }, /^macs\[0\]\.events\[0\]\.at: /],
    [
      { events: [{ at: '2022-09-12T17:00:00Z', what: 'lost' }] },
      'macs[0].events[0].what: must be one of wiped, replaced, re-enrolled, unenrolled',
    ],
    [
      { events: ['2022-09-12T17:00:00Z', '2022-09-11T17:00:00Z'].map((at) => ({ at, what: 'wiped' })) },
      'macs[0].events: must be in the order in which they happen',
    ],
    [{ flakyReports: 'often' }, 'macs[0].flakyReports: must be true, false or one of still, vanishing'],
    [{ serial: undefined }, 'macs[0].serial: is missing'],
  ])('names the field that is wrong: %j', (change, problem) => {
    expect(problemsOf(fleet(change))[0]).toEqual(problem instanceof RegExp ? expect.stringMatching(problem) : problem);
  });

  it('refuses two Macs with one serial, an empty fleet, and a file that is no object', () => {
    expect(problemsOf({ macs: [mac, mac] })).toContain('macs[1].serial: C02AAAA00001 is already that of macs[0]');
    expect(problemsOf({ macs: [] })).toEqual(['macs: has no Mac in it']);
    expect(problemsOf('macs')[0]).toBe('(file): must be an object');
  });
});
