import { Parse, Problem } from '@managed-os/service-host';
import { EnforcementBody, enforcementOf } from './enforcement.body.js';
import { viewOf } from './enforcement.js';

const zone = { zone: 'America/New_York' };
const manual = { mode: 'manual', minimumVersion: '12.5.1', deadlineDate: '2022-09-16', time: '14:00', clock: zone };
const automatic = { mode: 'automatic', window: 'P2W', time: '09:30', clock: zone };

/** `{ '/field': 'what is wrong' }`; empty when the body is good. */
const faultsOf = (body: unknown): Record<string, string> => {
  try {
    new Parse(EnforcementBody).transform(body);
    return {};
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 400) throw error;
    return Object.fromEntries((error.facts.errors ?? []).map(({ pointer, detail }) => [pointer, detail]));
  }
};

describe('what can be saved', () => {
  it.each([
    ['S58 do not manage', { mode: 'do_not_manage' }],
    ['S59 automatically', automatic],
    ['S60 manually', manual],
    ['S67 in any IANA zone', { ...manual, clock: { zone: 'Pacific/Chatham' } }],
    ['X9 by the Mac’s own clock', { ...automatic, clock: { deviceLocal: true } }],
    ['S64 on a leap day', { ...manual, deadlineDate: '2024-02-29' }],
    ['S68 at the last minute of the day', { ...manual, time: '23:59' }],
    ['null meaning left out', { ...automatic, minimumVersion: null, clock: { ...zone, deviceLocal: null } }],
  ])('%s', (_, body) => expect(faultsOf(body)).toEqual({}));

  it.each(['P1D', 'P2D', 'P1W', 'P2W', 'P3W', 'P1M', 'P2M', 'P3M'])('S59 Q27 the window %s', (window) =>
    expect(faultsOf({ ...automatic, window })).toEqual({}),
  );
});

describe('what cannot be saved, each field with its own message', () => {
  it.each([
    ['S57 no mode', {}, { '/mode': 'mode must be one of do_not_manage, automatic, manual' }],
    ['S57 a fourth mode', { mode: 'latest' }, { '/mode': 'mode must be one of do_not_manage, automatic, manual' }],
    [
      'S59 automatic without its fields',
      { mode: 'automatic' },
      {
        '/window': 'window is needed when mode is automatic',
        '/time': 'time is needed when mode is automatic',
        '/clock': 'clock is needed when mode is automatic',
      },
    ],
    [
      'S60 S62 S64 S67 S68 manual without its fields',
      { mode: 'manual' },
      {
        '/minimumVersion': 'minimumVersion is needed when mode is manual',
        '/deadlineDate': 'deadlineDate is needed when mode is manual',
        '/time': 'time is needed when mode is manual',
        '/clock': 'clock is needed when mode is manual',
      },
    ],
    [
      'S59 a window that is none of the eight',
      { ...automatic, window: 'P4W' },
      { '/window': 'window must be one of P1D, P2D, P1W, P2W, P3W, P1M, P2M, P3M' },
    ],
    [
      'S58 a window without management',
      { mode: 'do_not_manage', window: 'P1D' },
      { '/window': 'window has no effect when mode is do_not_manage: leave it out' },
    ],
    [
      'Q31 a date for automatic',
      { ...automatic, deadlineDate: '2022-09-16' },
      { '/deadlineDate': 'deadlineDate has no effect when mode is automatic: leave it out' },
    ],
    [
      'S63 free text as minimum',
      { ...manual, minimumVersion: 'newest' },
      { '/minimumVersion': 'minimumVersion must be a macOS version such as 12.5.1' },
    ],
    [
      'S63 a security response as minimum',
      { ...manual, minimumVersion: '13.3.1 (a)' },
      { '/minimumVersion': 'minimumVersion must be a macOS version such as 12.5.1' },
    ],
    [
      'S63 a number as minimum',
      { ...manual, minimumVersion: 12.5 },
      { '/minimumVersion': 'minimumVersion must be a macOS version such as 12.5.1' },
    ],
    [
      'S64 a day that is not in the calendar',
      { ...manual, deadlineDate: '2022-02-30' },
      { '/deadlineDate': 'deadlineDate must be a day of the calendar such as 2022-09-16' },
    ],
    [
      'S64 an instant as date',
      { ...manual, deadlineDate: '2022-09-16T00:00:00Z' },
      { '/deadlineDate': 'deadlineDate must be a day of the calendar such as 2022-09-16' },
    ],
    ['S68 24:00', { ...manual, time: '24:00' }, { '/time': 'time must be a time of day such as 14:00' }],
    ['S68 seconds', { ...manual, time: '14:00:00' }, { '/time': 'time must be a time of day such as 14:00' }],
    [
      'S67 an unknown zone',
      { ...manual, clock: { zone: 'Mars/Olympus' } },
      { '/clock/zone': 'zone must be an IANA time zone such as Europe/Paris' },
    ],
    [
      'S67 an offset instead of a zone',
      { ...manual, clock: { zone: '+05:00' } },
      { '/clock/zone': 'zone must be an IANA time zone such as Europe/Paris' },
    ],
    [
      'S67 neither zone nor the Mac’s clock',
      { ...manual, clock: {} },
      { '/clock/zone': 'zone is needed, or deviceLocal: true for each Mac’s own clock' },
    ],
    [
      'X9 both',
      { ...manual, clock: { ...zone, deviceLocal: true } },
      { '/clock/deviceLocal': 'choose one: a zone, or deviceLocal' },
    ],
    [
      'X9 deviceLocal false',
      { ...manual, clock: { deviceLocal: false } },
      { '/clock/deviceLocal': 'deviceLocal can only be true: leave it out and name a zone instead' },
    ],
    [
      'a clock that is a text',
      { ...manual, clock: 'Europe/Paris' },
      { '/clock': 'clock must be {"zone": "…"} or {"deviceLocal": true}' },
    ],
  ])('%s', (_, body, faults) => expect(faultsOf(body)).toEqual(faults));

  it('a field that nobody knows', () =>
    expect(Object.keys(faultsOf({ ...manual, deadline: '2022-09-16' }))).toEqual(['/deadline']));
});

describe('a saved enforcement', () => {
  it.each([manual, automatic, { mode: 'do_not_manage' }, { ...manual, clock: { deviceLocal: true } }])(
    'is shown as it was sent',
    (body) => expect(viewOf(enforcementOf(new Parse(EnforcementBody).transform(body)))).toEqual(body),
  );
});
