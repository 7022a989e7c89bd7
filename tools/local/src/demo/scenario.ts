import { createHash } from 'node:crypto';
import { deviceIdOf, type Instant, parseInstant } from '@managed-os/kernel';
import { BEGINNING } from '../clock/beginning.js';

/** The releases that matter in these weeks, as Apple published them. */
const RELEASES = [
  { version: '11.6.8', build: '20G730', released: '2022-07-20T17:00:00.000Z', sizeMb: 2_900 },
  { version: '12.5', build: '21G72', released: '2022-07-20T17:00:00.000Z', sizeMb: 2_500 },
  { version: '12.5.1', build: '21G83', released: '2022-08-17T17:00:00.000Z', sizeMb: 1_300 },
  { version: '11.7', build: '20G817', released: '2022-09-12T17:00:00.000Z', sizeMb: 2_900 },
  { version: '12.6', build: '21G115', released: '2022-09-12T17:00:00.000Z', sizeMb: 2_600 },
] as const;

/** The builds that Macs of the fleet start on. */
const BUILDS: Readonly<Record<string, string>> = {
  '11.6.5': '20G527',
  '11.6.8': '20G730',
  '12.0.1': '21A559',
  '12.1': '21C52',
  '12.2.1': '21D62',
  '12.3': '21E230',
  '12.3.1': '21E258',
  '12.4': '21F79',
  '12.5': '21G72',
  '12.5.1': '21G83',
};

/** What the admin of the demonstration sets up. */
export const ITEMS = {
  design: {
    name: 'macOS Monterey, 12.5.1 by 16 September',
    os: '12',
    enforcement: {
      mode: 'manual',
      minimumVersion: '12.5.1',
      deadlineDate: '2022-09-16',
      time: '14:00',
      clock: { zone: 'America/New_York' },
    },
  },
  office: {
    name: 'macOS Monterey, every update within a month',
    os: '12',
    enforcement: { mode: 'automatic', window: 'P1M', time: '10:00', clock: { zone: 'Europe/Berlin' } },
  },
} as const;

export const BLUEPRINTS = { design: 'Design', office: 'Office' } as const;
type Group = keyof typeof BLUEPRINTS;

/** The lowest version that counts as there: the policy's minimum, or the newest release of the scenario. */
const GOALS: Readonly<Record<Group, string>> = { design: '12.5.1', office: '12.6' };

/** What one Mac of the pattern adds to the fleet file. */
type Traits = Readonly<Record<string, unknown>>;
type Pattern = readonly [group: Group, model: string, board: string, version: string, zone: string, traits?: Traits];

const NEW_YORK = 'America/New_York';
const BERLIN = 'Europe/Berlin';
const LONDON = 'Europe/London';
const TOKYO = 'Asia/Tokyo';
const LOS_ANGELES = 'America/Los_Angeles';

/** In this order, so that a small fleet meets every kind too. */
const PATTERN: readonly Pattern[] = [
  ['design', 'MacBookPro16,1', 'J152FAP', '12.4', NEW_YORK],
  ['office', 'Mac14,2', 'J413AP', '12.5', BERLIN],
  ['design', 'Macmini9,1', 'J274AP', '11.6.8', NEW_YORK, { downloadMegabitsPerSecond: 120 }],
  ['office', 'MacBookPro16,2', 'J214KAP', '12.5', LONDON],
  ['design', 'MacBookAir10,1', 'J313AP', '12.4', LOS_ANGELES, { bootstrapToken: false }],
  ['office', 'MacBookPro15,2', 'J132AP', '12.5', BERLIN, { supervised: false }],
  ['design', 'iMac20,2', 'J185FAP', '12.0.1', NEW_YORK],
  ['office', 'Macmini9,1', 'J274AP', '12.5.1', BERLIN],
  ['design', 'Mac13,1', 'J375cAP', '12.4', LOS_ANGELES, { alreadyCached: true }],
  ['office', 'Macmini8,1', 'J174AP', '12.5', LONDON, { notNow: { first: 2, minutes: 15 } }],
  ['design', 'MacBookPro18,3', 'J314sAP', '12.3.1', NEW_YORK, { downloadMegabitsPerSecond: 80 }],
  ['office', 'iMac21,2', 'J457AP', '12.5', BERLIN, { awake: { from: '06:30', to: '22:30' } }],
  ['design', 'MacBookPro15,1', 'Mac-937A206F2EE63C01', '12.5', NEW_YORK, { downloadMegabitsPerSecond: 9 }],
  ['office', 'iMacPro1,1', 'J137AP', '12.5', LONDON],
  ['design', 'MacBookPro17,1', 'J293AP', '11.6.5', TOKYO, { downloadMegabitsPerSecond: 60 }],
  ['office', 'MacBookPro18,4', 'J314cAP', '12.5', BERLIN, { downloadMegabitsPerSecond: 15 }],
  ['design', 'iMac19,1', 'Mac-AA95B1DDAB278B95', '12.2.1', NEW_YORK, { notNow: { first: 3, minutes: 20 } }],
  ['office', 'MacBookAir9,1', 'J230KAP', '12.5', LONDON, { alreadyCached: ['12.6'] }],
  ['design', 'iMac21,1', 'J456AP', '12.1', BERLIN, { awake: { from: '07:00', to: '23:30' } }],
  ['office', 'MacBookPro16,4', 'J215AP', '12.5.1', BERLIN],
  ['design', 'MacPro7,1', 'J160AP', '12.4', LOS_ANGELES, { downloadMegabitsPerSecond: 200 }],
  ['office', 'MacBookAir10,1', 'J313AP', '12.5', LONDON, { downloadMegabitsPerSecond: 20 }],
  [
    'design',
    'MacBookPro18,1',
    'J316sAP',
    '12.3',
    NEW_YORK,
    { failures: [{ action: 'DownloadOnly', status: 'DownloadFailed', times: 1 }] },
  ],
  ['office', 'Mac13,2', 'J375dAP', '12.5', LONDON],
];

/** Apple-silicon models have no Intel sibling of the same name in this fleet. */
const isAppleSilicon = (model: string): boolean => /^(Mac1\d|MacBookPro1[78]|MacBookAir10|Macmini9|iMac21)/.test(model);

/** One Mac of the demonstration and what is expected of it. */
export interface ScenarioMac {
  readonly name: string;
  readonly serial: string;
  readonly deviceId: string;
  readonly group: Group;
  /** Undefined for a Mac that cannot get there. */
  readonly goal: string | undefined;
}

export interface Scenario {
  readonly macs: readonly ScenarioMac[];
  /** For tools/virtual-mac. */
  readonly fleetFile: object;
  /** When something new comes from outside. */
  readonly instants: readonly Instant[];
  /** Whoever is not there by then does not get there. */
  readonly end: Instant;
}

const instantOf = (text: string): Instant => {
  const at = parseInstant(text);
  if (at === undefined) throw new Error(`not an instant: ${text}`);
  return at;
};

/** The demonstration with so many Macs; the same number gives the same Macs, and more begin with the same ones. */
export const scenarioOf = (count: number): Scenario => {
  const inGroup: Record<Group, number> = { design: 0, office: 0 };
  const built = Array.from({ length: count }, (_, index) => {
    const [group, model, board, osVersion, zone, traits = {}] = PATTERN[index % PATTERN.length] as Pattern;
    inGroup[group] += 1;
    const name = `${group}-${String(inGroup[group]).padStart(2, '0')}`;
    const serial = `VM${String(index + 1).padStart(8, '0')}`;
    const udid = udidOf(serial, isAppleSilicon(model));
    const blocked = traits['bootstrapToken'] === false || traits['supervised'] === false;
    const file = {
      ...{
        name,
        serial,
        udid,
        model,
        softwareUpdateDeviceId: board,
        osVersion,
        osBuild: BUILDS[osVersion],
        zone,
        ...traits,
      },
      architecture: isAppleSilicon(model) ? 'apple_silicon' : 'intel',
    };
    const mac: ScenarioMac = {
      name,
      serial,
      deviceId: deviceIdOf(udid),
      group,
      goal: blocked ? undefined : GOALS[group],
    };
    return { file, mac };
  });
  return {
    macs: built.map(({ mac }) => mac),
    fleetFile: { seed: 'main-job', releases: RELEASES, macs: built.map(({ file }) => file) },
    instants: [...new Set<string>(RELEASES.map(({ released }) => released))]
      .filter((at) => at > BEGINNING)
      .map(instantOf),
    end: instantOf('2022-10-16T00:00:00Z'),
  };
};

const udidOf = (serial: string, appleSilicon: boolean): string => {
  const hex = createHash('sha256').update(`main-job ${serial}`).digest('hex').toUpperCase();
  if (appleSilicon) return `00008103-${hex.slice(0, 16)}`;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
