import { at, type Ending, type Scenario } from '../scenario.js';

const BERLIN = 'Europe/Berlin';
const LONDON = 'Europe/London';
const NEW_YORK = 'America/New_York';
const LOS_ANGELES = 'America/Los_Angeles';
const TOKYO = 'Asia/Tokyo';

/** Every update has to be there two weeks after Apple's release, at this time. */
const WITHIN_TWO_WEEKS = { mode: 'automatic', window: 'P2W', time: '10:00', clock: { zone: BERLIN } };

/** What Apple offers Intel Macs, by the last major that their hardware runs. */
const LAST_26 = { offered: ['14.8.9', '15.8', '15.8.1', '26.7', '26.7.1'] };
const LAST_15 = { offered: ['13.7.8', '14.8.9', '15.8', '15.8.1'] };
const LAST_14 = { offered: ['14.8.9'] };

const ends = (...installs: readonly string[]): Ending => ({ goal: installs.at(-1) ?? '', installs });

/**
 * Autumn 2026: macOS 27 is a week old and wanted within two; 27.0.1 appears on the day of that deadline. Macs with Apple
 * silicon begin anywhere from 11.4 on. Intel Macs cannot run it: they have the newest item that their hardware allows.
 */
export const MACOS_27: Scenario = {
  name: 'macos-27',
  about: 'September 2026, macOS 27.0.1 appears: Macs on macOS 11.4 to 27.0, by commands and by declarations',
  beginning: at('2026-09-22T06:00:00Z'),
  end: at('2026-10-15T00:00:00Z'),
  releases: [
    { version: '11.7.11', build: '20G1443', released: '2026-02-02T18:20:00Z', sizeMb: 3_000 },
    { version: '12.7.6', build: '21H1320', released: '2024-07-29T20:36:00Z', sizeMb: 2_500 },
    { version: '13.7.8', build: '22H730', released: '2025-08-20T18:03:00Z', sizeMb: 1_900 },
    { version: '14.8.9', build: '23J631', released: '2026-08-07T01:35:00Z', sizeMb: 1_900 },
    {
      version: '15.8',
      build: '24H23',
      released: '2026-09-14T17:00:00Z',
      sizeMb: 2_100,
      withdrawn: '2026-12-27T00:00:00Z',
    },
    {
      version: '26.7',
      build: '25G229',
      released: '2026-09-14T17:00:00Z',
      sizeMb: 3_400,
      withdrawn: '2026-12-27T00:00:00Z',
    },
    {
      version: '27.0',
      build: '26A428',
      released: '2026-09-14T17:00:00Z',
      sizeMb: 9_500,
      withdrawn: '2026-12-27T00:00:00Z',
    },
    { version: '15.8.1', build: '24H32', released: '2026-09-28T17:00:00Z', sizeMb: 1_200 },
    { version: '26.7.1', build: '25G241', released: '2026-09-28T17:00:00Z', sizeMb: 1_500 },
    { version: '27.0.1', build: '26A434', released: '2026-09-28T17:00:00Z', sizeMb: 1_800 },
  ],
  builds: {
    '11.4': '20F71',
    '11.6': '20G165',
    '12.0.1': '21A559',
    '12.3.1': '21E258',
    '12.7.6': '21H1320',
    '13.0': '22A380',
    '13.7.8': '22H730',
    '14.0': '23A344',
    '14.6.1': '23G93',
    '14.8.9': '23J631',
    '15.6': '24G84',
    '15.8': '24H23',
    '26.5': '25F71',
    '26.6.2': '25G83',
    '26.7': '25G229',
    '27.0': '26A428',
  },
  items: {
    macos27: { name: 'macOS 27, every update within two weeks', os: '27', enforcement: WITHIN_TWO_WEEKS },
    macos26: { name: 'macOS 26, for Macs that cannot run 27', os: '26', enforcement: WITHIN_TWO_WEEKS },
    macos15: { name: 'macOS 15, for Macs that cannot run 26', os: '15', enforcement: WITHIN_TWO_WEEKS },
  },
  groups: {
    silicon: { blueprint: 'Apple silicon', items: ['macos27'], ends: ends('27.0', '27.0.1') },
    intel: { blueprint: 'Intel', items: ['macos27', 'macos26', 'macos15'], ends: ends('26.7', '26.7.1') },
  },
  cast: [
    { group: 'silicon', model: 'Mac14,2', board: 'J413AP', version: '26.6.2', zone: BERLIN },
    // Row 11: to the newest 11.x first, and its reports of downloads cannot be trusted (S20).
    {
      group: 'silicon',
      model: 'MacBookAir10,1',
      board: 'J313AP',
      version: '11.4',
      zone: BERLIN,
      ends: ends('11.7.11', '27.0', '27.0.1'),
      traits: { flakyReports: true, downloadMegabitsPerSecond: 120 },
    },
    { group: 'intel', model: 'MacBookPro16,1', board: 'J152FAP', version: '26.6.2', zone: BERLIN, traits: LAST_26 },
    { group: 'silicon', model: 'Mac14,7', board: 'J493AP', version: '13.7.8', zone: BERLIN },
    // Nobody is there to type what the token stands for.
    {
      group: 'silicon',
      model: 'Mac15,3',
      board: 'J504AP',
      version: '26.5',
      zone: LONDON,
      ends: null,
      traits: { bootstrapToken: false },
    },
    {
      group: 'silicon',
      model: 'iMac21,1',
      board: 'J456AP',
      version: '12.0.1',
      zone: BERLIN,
      ends: null,
      traits: { supervised: false },
    },
    {
      group: 'intel',
      model: 'MacBookPro15,1',
      board: 'J680AP',
      version: '15.6',
      zone: NEW_YORK,
      ends: ends('15.8', '15.8.1'),
      traits: LAST_15,
    },
    {
      group: 'silicon',
      model: 'Macmini9,1',
      board: 'J274AP',
      version: '11.6',
      zone: LONDON,
      traits: { flakyReports: 'vanishing', downloadMegabitsPerSecond: 80 },
    },
    // Its hardware ends with macOS 14.
    {
      group: 'intel',
      model: 'MacBookAir8,1',
      board: 'J140KAP',
      version: '14.8.9',
      zone: LONDON,
      ends: null,
      traits: LAST_14,
    },
    { group: 'silicon', model: 'Mac16,1', board: 'J604AP', version: '27.0', zone: NEW_YORK, ends: ends('27.0.1') },
    // Its user does not wait for the deadline.
    {
      group: 'silicon',
      model: 'Mac15,12',
      board: 'J613AP',
      version: '15.8',
      zone: TOKYO,
      traits: { user: { shortName: 'grace', longName: 'Grace Hopper', updatesAfterHours: 20 } },
    },
    // macOS 14 to 26 at once: the window of most releases had elapsed before anybody asked (S49).
    { group: 'intel', model: 'iMac20,1', board: 'J185AP', version: '14.0', zone: LONDON, traits: LAST_26 },
    // Before macOS 26 no Mac tells its zone, so that it may take until 22:00 of its own clock; 27.0.1 is out by then. At
    // night, a MacBook on battery takes no command.
    {
      group: 'silicon',
      model: 'Mac14,5',
      board: 'J414cAP',
      version: '14.6.1',
      zone: BERLIN,
      ends: ends('27.0.1'),
      traits: { awake: { from: '07:00', to: '22:00' }, powerNap: true, battery: { pluggedIn: 'never', level: 0.8 } },
    },
    {
      group: 'silicon',
      model: 'Mac15,6',
      board: 'J514sAP',
      version: '15.6',
      zone: LONDON,
      ends: ends('27.0.1'),
      traits: {
        failures: [
          { action: 'Enforcement', status: 'DownloadFailed', times: 2 },
          { action: 'Enforcement', status: 'InstallFailed', times: 1 },
        ],
      },
    },
    {
      group: 'silicon',
      model: 'Mac13,1',
      board: 'J375cAP',
      version: '26.5',
      zone: BERLIN,
      traits: { events: [{ at: '2026-09-25T09:00:00Z', what: 're-enrolled' }] },
    },
    // Asleep at the deadline, which is night there.
    {
      group: 'silicon',
      model: 'Mac16,10',
      board: 'J773gAP',
      version: '26.7',
      zone: LOS_ANGELES,
      traits: { awake: { from: '05:00', to: '21:00' } },
    },
    {
      group: 'silicon',
      model: 'MacBookPro18,1',
      board: 'J316sAP',
      version: '12.3.1',
      zone: NEW_YORK,
      traits: { failures: [{ action: 'InstallASAP', status: 'InstallFailed', times: 1 }] },
    },
    // startosinstall is the agent's, and there is none.
    {
      group: 'intel',
      model: 'Macmini8,1',
      board: 'J174AP',
      version: '12.7.6',
      zone: LONDON,
      ends: null,
      traits: LAST_15,
    },
    // No token either, but somebody who types the password.
    {
      group: 'silicon',
      model: 'Mac13,2',
      board: 'J375dAP',
      version: '26.6.2',
      zone: BERLIN,
      traits: { bootstrapToken: false, user: { authorizesAfterHours: 1 } },
    },
    { group: 'silicon', model: 'Mac14,3', board: 'J473AP', version: '13.0', zone: BERLIN },
    {
      group: 'intel',
      model: 'iMac19,1',
      board: 'Mac-AA95B1DDAB278B95',
      version: '15.8',
      zone: LONDON,
      ends: ends('15.8.1'),
      traits: LAST_15,
    },
    { group: 'silicon', model: 'MacBookPro18,3', board: 'J314sAP', version: '12.7.6', zone: BERLIN },
  ],
};
