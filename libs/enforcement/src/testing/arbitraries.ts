import { addDays, localAt, type Instant, OS_MAJORS, PERIODS, toMillis, instant } from '@managed-os/kernel';
import fc from 'fast-check';

/** Zones with gaps and overlaps at unlike hours, half-hour changes, a day that never was, and none at all. */
export const ZONES = [
  ...['America/New_York', 'Europe/Paris', 'Australia/Lord_Howe', 'Pacific/Apia', 'Africa/Cairo', 'America/St_Johns'],
  ...['Asia/Kolkata', 'America/Sao_Paulo', 'Asia/Beirut', 'Pacific/Chatham', 'UTC'],
] as const;

const FIRST_DAY = '2011-01-01';
const DAYS = 6_000;
const DAY = 86_400_000;

const offsetAt = (at: Instant, zone: string): number => Date.parse(`${localAt(at, zone)}Z`) - toMillis(at);

/** The days around which a zone's clocks change. */
const changesOf = (zone: string): readonly string[] => {
  const noon = Date.parse(`${FIRST_DAY}T12:00:00Z`);
  const offsets = Array.from({ length: DAYS }, (_, day) => offsetAt(instant(noon + day * DAY), zone));
  return offsets.flatMap((offset, day) => (day > 0 && offset !== offsets[day - 1] ? [addDays(FIRST_DAY, day)] : []));
};

export const zone = fc.constantFrom(...ZONES);
export const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '15', '30', '59'))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`);
export const date = fc.nat(DAYS).map((days) => addDays(FIRST_DAY, days));
export const window = fc.constantFrom(...PERIODS);

/** A zone and a day on which its clocks change, the day before or the one after; each five days later too, for notify-from. */
export const changeOfClocks = fc
  .constantFrom(...ZONES.flatMap((name) => changesOf(name).map((day) => [name, day] as const)))
  .chain(([name, day]) =>
    fc.tuple(
      fc.constant(name),
      fc.constantFrom(-1, 0, 1, 4, 5, 6).map((days) => addDays(day, days)),
    ),
  );

const version = fc
  .tuple(fc.constantFrom(...OS_MAJORS, '10.12', '10.16', '16', '28'), fc.nat(12), fc.nat(4))
  .map(([major, second, third]) => (major.startsWith('10.') ? `${major}.${third}` : `${major}.${second}.${third}`));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4 });
const boolean = maybe(fc.boolean());
const device = fc.constantFrom('J316sAP', 'J132AP', 'J375cAP');

export const releases = fc.array(
  fc.record(
    {
      version,
      build: maybe(
        fc.tuple(fc.integer({ min: 17, max: 26 }), fc.constantFrom('A', 'D', 'G'), fc.nat(400)).map((b) => b.join('')),
      ),
      released: date,
      kind: fc.constantFrom('major', 'minor', 'patch', 'supplemental', 'rsr', 'bsi'),
      supportedDevices: maybe(fc.subarray(['J316sAP', 'J132AP', 'J375cAP'])),
      installer: boolean,
      comboPackage: boolean,
    },
    { requiredKeys: ['version', 'released'] },
  ),
  { maxLength: 12 },
);

const clock = fc.oneof(fc.record({ zone }), fc.constant({ deviceLocal: true }));

const enforcement = (os: string) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant({ mode: 'do_not_manage' }) },
    { weight: 8, arbitrary: fc.record({ mode: fc.constant('automatic'), window, time, clock }) },
    {
      weight: 8,
      arbitrary: fc.record({
        mode: fc.constant('manual'),
        minimumVersion: fc.nat(12).map((minor) => `${os}.${minor}`),
        deadlineDate: date,
        time,
        clock,
      }),
    },
  );

/** Valid inputs of `plan`, as JSON. */
export const planInput = fc.record(
  {
    now: fc.tuple(date, time).map(([day, at]) => `${day}T${at}:00Z`),
    device: fc.record(
      {
        architecture: fc.constantFrom('arm64', 'arm64', 'x86_64', 'x86_64', 'ppc', null),
        osVersion: fc.oneof({ weight: 12, arbitrary: version }, fc.constantFrom('', 'twelve', null)),
        softwareUpdateDeviceId: maybe(device),
        supervised: boolean,
        mdmEnrolled: boolean,
        agentInstalled: boolean,
        bootstrapTokenEscrowed: boolean,
        timeZone: maybe(zone),
      },
      { requiredKeys: ['architecture', 'osVersion'] },
    ),
    item: fc.constantFrom(...OS_MAJORS).chain((os) => fc.record({ os: fc.constant(os), enforcement: enforcement(os) })),
    releases,
    settings: fc.record({ rescueWithFullInstaller: boolean, twoStepUpgrade: boolean }, { requiredKeys: [] }),
  },
  { requiredKeys: ['now', 'device', 'item', 'releases'] },
);
