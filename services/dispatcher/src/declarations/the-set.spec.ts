import { describe, expect, it } from '@jest/globals';
import { type ClientCapabilities, declarationsToken } from '@managed-os/apple-mdm';
import { addMillis, instant, type LocalDateTime, reactionId } from '@managed-os/kernel';
import type { Declared } from '../tables.js';
import {
  type Circumstances,
  enforcementOf,
  namesEnforcement,
  sha256,
  speaksDeclarations,
  theSet,
  tokensOf,
} from './the-set.js';

const NOW = instant(1_788_000_000_000);
const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';
const mac = { state: 'enrolled', os_version: '15.1', supervised: true } as const;
const requestId = reactionId('request', 1);

const capable: ClientCapabilities = {
  versions: ['1.0.0'],
  declarations: ['com.apple.activation.simple', 'com.apple.configuration.management.status-subscriptions', ENFORCEMENT],
  statusItems: ['device.operating-system.version'],
  features: [],
};

const row = (more: Partial<Declared> = {}): Declared => ({
  device_id: reactionId('mac', 1),
  revision: 0,
  request_id: requestId,
  obligation_id: reactionId('obligation', 1),
  attempt: 1,
  try: 1,
  correlation_id: requestId,
  version: '15.7.9',
  build: '24G830',
  target_local_date_time: '2026-09-10T13:00:00' as LocalDateTime,
  earliest: addMillis(NOW, 86_400_000),
  over: null,
  offered_token: null,
  not_offered: null,
  offer: 0,
  offer_told: 0,
  fetched_token: null,
  said_of_enforcement: null,
  said_of_update: null,
  declarations: '[]',
  token: null,
  changed_at: null,
  sent: null,
  acknowledged: null,
  syncs: 0,
  capabilities: JSON.stringify(capable),
  status: '{}',
  stale: false,
  settings: null,
  capabilities_of: null,
  reports: 0,
  ...more,
});

const at = (more: Partial<Circumstances> = {}): Circumstances => ({
  ...{ now: NOW, gone: false, settings: undefined },
  ...more,
});

const nothing = { request_id: null, obligation_id: null, attempt: null, try: null, correlation_id: null };
const names = (set: ReturnType<typeof theSet>) => set.declarations.map(({ identifier }) => identifier);

describe('the set of a Mac (X1)', () => {
  it('is its subscription and the one enforcement that is wanted, each with an activation of its own', () => {
    const set = theSet(mac, row(), at());
    expect(names(set)).toEqual([
      'managed-os.status',
      'managed-os.status.activation',
      enforcementOf(requestId),
      `${enforcementOf(requestId)}.activation`,
    ]);
    expect(set).toMatchObject({ over: null, offered: set.declarations[2]?.serverToken, notOffered: null });
    expect(set.declarations[2]?.payload).toEqual({
      TargetOSVersion: '15.7.9',
      TargetBuildVersion: '24G830',
      TargetLocalDateTime: '2026-09-10T13:00:00',
    });
  });

  it('is the same, token for token, whenever it is computed (trap 5)', () => {
    const token = (now = NOW) => declarationsToken(theSet(mac, row(), at({ now })).declarations, sha256);
    expect(token(addMillis(NOW, 3_600_000))).toBe(token());
  });

  it('has another document for another request, even of the same content', () =>
    expect(theSet(mac, row({ request_id: reactionId('request', 2) }), at()).offered).not.toBe(
      theSet(mac, row(), at()).offered,
    ));

  it.each([
    ['the Mac is not supervised (trap 29)', { ...mac, supervised: false }, row(), 'not_supervised'],
    ['its macOS has none', { ...mac, os_version: '13.6' }, row(), 'not_supported'],
    ['its macOS has no declarations at all', { ...mac, os_version: '12.5' }, row(), 'not_supported'],
    [
      'it does not name the type',
      mac,
      row({ capabilities: JSON.stringify({ ...capable, declarations: ['com.apple.activation.simple'] }) }),
      'not_supported',
    ],
    ['it left', { ...mac, state: 'unenrolled' as const }, row(), 'unenrolled'],
    [
      'it ended when the Mac began anew',
      { ...mac, state: 'authenticated' as const },
      row({ over: 're_enrolled' }),
      're_enrolled',
    ],
    ['it was never here', undefined, row(), 'unenrolled'],
    ['it was withdrawn (trap 19)', mac, row({ over: 'withdrawn' }), 'withdrawn'],
    ['it is past where the Mac may be, and was not read (trap 14)', mac, row({ earliest: NOW }), 'past_due'],
  ])('has no enforcement when %s', (_, of, about, reason) => {
    const set = theSet(of, about, at());
    expect(names(set)).not.toContain(enforcementOf(requestId));
    expect(set).toMatchObject({ offered: null, notOffered: reason });
  });

  it('keeps an enforcement that the Mac read before its time came', () =>
    expect(theSet(mac, row({ earliest: NOW, fetched_token: 't' }), at())).toMatchObject({
      over: null,
      notOffered: null,
    }));

  it('is empty, and nothing is said of the enforcement, until the Mac has told what it can be sent', () =>
    expect(theSet(mac, row({ capabilities: null }), at())).toEqual({
      declarations: [],
      over: null,
      offered: null,
      notOffered: null,
    }));

  it('keeps the reason of an enforcement that ended before the Mac left', () =>
    expect(theSet({ ...mac, state: 'unenrolled' }, row({ over: 'withdrawn' }), at())).toMatchObject({
      notOffered: 'withdrawn',
    }));

  it('says nothing of an enforcement where none was requested', () =>
    expect(theSet(mac, row(nothing), at())).toMatchObject({ over: null, offered: null, notOffered: null }));

  it('has nothing while its Mac has just begun; what is wanted waits', () =>
    expect(theSet({ ...mac, state: 'authenticated' }, row(), at())).toEqual({
      ...{ declarations: [], over: null, offered: null, notOffered: null },
    }));

  it.each([
    ['13.7.8', '14.6', null],
    ['14.5', '14.6', 'not_supported'],
    ['?', '14.6', null],
    [null, '14.6', 'not_supported'],
  ])(
    'is not judged by what macOS %s said of itself when macOS %s is there (X10)',
    (capabilities_of, os_version, why) => {
      const capabilities = JSON.stringify({ ...capable, declarations: ['com.apple.activation.simple'] });
      expect(theSet({ ...mac, os_version }, row({ capabilities, capabilities_of }), at()).notOffered).toBe(why);
    },
  );

  it('holds no version that Apple has nowhere any more, and says so, for as long as it is so (trap 17)', () => {
    const gone = theSet(mac, row({ fetched_token: 't' }), at({ gone: true }));
    expect(gone).toMatchObject({ over: null, offered: null, notOffered: 'version_gone' });
    expect(names(gone)).toEqual(['managed-os.status', 'managed-os.status.activation']);
    expect(theSet(mac, row(), at()).offered).not.toBeNull();
    const status = JSON.stringify({ softwareupdate: { 'install-state': 'installing' } });
    expect(theSet(mac, row({ fetched_token: 't', status }), at({ gone: true })).offered).not.toBeNull();
    expect(theSet(mac, row({ over: 'withdrawn' }), at({ gone: true })).notOffered).toBe('withdrawn');
    expect(theSet(mac, row(nothing), at({ gone: true })).notOffered).toBeNull();
  });

  it.each([
    ['15.1', true, true],
    ['14.6', true, false],
    ['15.1', false, false],
  ])('of macOS %s, supervised: %s, has the settings of the fleet: %s', (os_version, supervised, has) => {
    const settings = { automaticActions: { download: 'AlwaysOn' } } as const;
    const capabilities = JSON.stringify({
      ...capable,
      declarations: [...capable.declarations, 'com.apple.configuration.softwareupdate.settings'],
    });
    const set = theSet({ ...mac, os_version, supervised }, row({ ...nothing, capabilities }), at({ settings }));
    expect(names(set).includes('managed-os.settings')).toBe(has);
    expect(names(set).includes('managed-os.settings.activation')).toBe(has);
  });
});

describe('what belongs to it', () => {
  it.each([
    ['13.0', true],
    ['27.0', true],
    ['12.7.6', false],
    [null, false],
  ])('macOS %s is managed by declarations: %s', (os_version, speaks) =>
    expect(speaksDeclarations({ ...mac, os_version })).toBe(speaks),
  );

  it('an enforcement and its activation are told from others', () => {
    expect(namesEnforcement(row(), `managed-os.${requestId}`)).toBe(true);
    expect(namesEnforcement(row(), `managed-os.${requestId}.activation`)).toBe(true);
    expect(namesEnforcement(row(), 'managed-os.status')).toBe(false);
    expect(namesEnforcement(row(nothing), 'managed-os.status')).toBe(false);
  });

  it('a Mac without a set has an empty one', () =>
    expect(tokensOf(undefined, NOW)).toEqual({ declarationsToken: declarationsToken([], sha256), timestamp: NOW }));
});
