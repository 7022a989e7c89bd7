import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { instant, localAt, without } from '@managed-os/kernel';
import { COMMANDS, isAvailable, knowsProductVersion, queriesFor, type RequestType } from '../../availability.js';
import { type Command, writeBootstrapToken, writeCommand } from '../../commands.js';
import { type Declaration, writeDeclaration } from '../../declarations/declaration.js';
import { DECLARATION_TYPES, whyNotDeclared, whyNotSubscribed } from '../../declarations/offer.js';
import { declarationsFor } from '../../declarations/set.js';
import type { UpdateSettings } from '../../declarations/settings.js';
import { isStatusItemName, STATUS_ITEMS } from '../../declarations/subscriptions.js';
import { writeDeclarationItems, writeTokens } from '../../declarations/sync.js';
import { writeSoftwareUpdateRequired, writeUnrecognizedDevice } from '../../enrollment/forbidden.js';
import { writeEnrollmentProfile } from '../../enrollment/profile.js';
import { parsePlist } from '../../plist/parse.js';
import { acme, profile } from '../profile-samples.js';
import { type MessageFacts, readFacts } from './facts.js';
import { faultsOfMessage, isSupported, type Plain, plainOf, type Recipient } from './validate.js';

const facts = readFacts();
const VERSIONS = [
  ...['10.13.6', '10.15.7', '11.6.8', '11.7.11', '12.0', '12.2', '12.7.6', '13.0', '13.2', '13.3', '13.7.8'],
  ...['14.0', '14.8.9', '15.0', '15.3.2', '15.4', '15.8.1', '26.0', '26.6.2', '27.0', '27.0.1'],
];
const macs: readonly Recipient[] = VERSIONS.flatMap((version) => [
  { version, supervised: true },
  { version, supervised: false },
]);
const supervised = macs.filter((mac) => mac.supervised);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const at = instant(Date.parse('2026-09-10T11:00:00Z'));

const known = (message: MessageFacts | undefined): MessageFacts => {
  if (!message) throw new Error('Apple’s schema has no such message');
  return message;
};
const plist = (text: string): Record<string, Plain> => {
  const parsed = parsePlist(new TextEncoder().encode(text));
  if (!parsed.ok) throw new Error(parsed.refusal.detail);
  return plainOf(parsed.value) as Record<string, Plain>;
};

describe('commands are as Apple’s schema has them', () => {
  const commandsFor = (version: string): readonly Command[] => [
    { requestType: 'DeviceInformation', queries: queriesFor(version) },
    { requestType: 'SecurityInfo' },
    { requestType: 'ScheduleOSUpdateScan', force: true },
    { requestType: 'AvailableOSUpdates' },
    {
      requestType: 'ScheduleOSUpdate',
      updates: [
        { productKey: 'MSU', installAction: 'InstallASAP' },
        ...(knowsProductVersion(version) ? [{ productVersion: '12.6', installAction: 'DownloadOnly' }] : []),
      ],
    },
    { requestType: 'OSUpdateStatus' },
    { requestType: 'DeclarativeManagement' },
    { requestType: 'DeclarativeManagement', tokens: { declarationsToken: 'b7c1e0', timestamp: at } },
  ];

  it('all of them are looked at', () =>
    expect(new Set(commandsFor('13.0').map(({ requestType }) => requestType))).toEqual(new Set(Object.keys(COMMANDS))));

  it.each(supervised)('what macOS $version may be sent it can be sent', (mac) => {
    for (const command of commandsFor(mac.version)) {
      const { requestType } = command;
      const message = known(facts.commands[requestType]);
      expect([requestType, isAvailable(requestType, mac.version)]).toEqual([requestType, isSupported(message.on, mac)]);
      if (!isAvailable(requestType, mac.version)) continue;
      const sent = plist(writeCommand('u-1', command));
      expect(Object.keys(sent)).toEqual(['CommandUUID', 'Command']);
      const { RequestType, ...keys } = sent['Command'] as Record<string, Plain>;
      expect(RequestType).toBe(requestType);
      expect(faultsOfMessage(message, keys, mac)).toEqual([]);
    }
  });

  it.each(supervised)('trap 25: macOS $version is asked all that we ask for and it has', (mac) => {
    const choices = facts.commands['DeviceInformation']?.keys['Queries']?.items?.choices ?? {};
    const ever = new Set(VERSIONS.flatMap((version) => queriesFor(version)));
    const has = [...ever].filter(
      (query) =>
        isSupported(known(facts.commands['DeviceInformation']).on, mac) &&
        isSupported(choices[query], mac) &&
        query in choices,
    );
    expect(new Set(queriesFor(mac.version))).toEqual(new Set(has));
  });

  it('the answer to GetBootstrapToken', () => {
    const keys = known(facts.checkins['GetBootstrapToken']).answer ?? {};
    const answer = { on: {}, keys };
    const mac = { version: '26.6.2', supervised: true };
    expect(faultsOfMessage(answer, plist(writeBootstrapToken(Uint8Array.of(1))), mac)).toEqual([]);
    expect(faultsOfMessage(answer, plist(writeBootstrapToken(undefined)), mac)).toEqual([]);
  });
});

describe('declarations are as Apple’s schema has them', () => {
  const settings: readonly UpdateSettings[] = [
    {
      notifications: false,
      deferrals: { major: 90, minor: 14, system: 1 },
      automaticActions: { download: 'AlwaysOn', installOsUpdates: 'Allowed', installSecurityUpdates: 'AlwaysOff' },
      backgroundSecurityImprovements: { enable: true, enableRollback: false },
      allowStandardUserOsUpdates: true,
      beta: { enrollment: 'AlwaysOn', require: { description: 'd', token: 't' } },
    },
    { beta: { enrollment: 'Allowed', offer: [{ description: 'd', token: 't' }] } },
    {},
  ];
  const enforcements = [
    { targetOsVersion: '26.6.2' },
    { targetOsVersion: '26.6.2', targetBuildVersion: '25G83', detailsUrl: 'https://it.example.org' },
  ].map((asked) => ({ identifier: 'enforce', targetLocalDateTime: localAt(at, 'Europe/Paris'), ...asked }));

  /** All that a Mac of its kind advertises. */
  const clientOf = (mac: Recipient) => ({
    osVersion: mac.version,
    supervised: mac.supervised,
    capabilities: {
      versions: ['1.0.0'],
      declarations: Object.keys(facts.declarations).filter((type) => isSupported(facts.declarations[type]?.on, mac)),
      statusItems: Object.keys(facts.statusItems).filter((name) => isSupported(facts.statusItems[name]?.on, mac)),
      features: [],
    },
  });
  const faultsOf = (declaration: Declaration, mac: Recipient): readonly string[] => {
    const document = JSON.parse(writeDeclaration(declaration));
    const message = known(facts.declarations[declaration.type]);
    const base = known(facts.declarations['any']);
    return [...faultsOfMessage(base, document, mac), ...faultsOfMessage(message, document.Payload, mac)];
  };
  const everySet = (mac: Recipient) =>
    settings.flatMap((asked) =>
      enforcements.map((enforcement) => declarationsFor(clientOf(mac), { settings: asked, enforcement }, sha256)),
    );

  it.each(macs)('macOS $version, supervised $supervised: every set', (mac) => {
    for (const { declarations } of everySet(mac)) {
      expect(declarations.flatMap((declaration) => faultsOf(declaration, mac))).toEqual([]);
      for (const { payload, type } of declarations) {
        if (!type.endsWith('status-subscriptions')) continue;
        const names = JSON.stringify(payload['StatusItems']).match(/[a-z-]+\.[a-z.-]+/g) ?? [];
        expect(names.filter((name) => !isSupported(known(facts.statusItems[name]).on, mac))).toEqual([]);
      }
    }
  });

  it.each(macs)('macOS $version, supervised $supervised: nothing is left out that it has', (mac) => {
    const types = Object.keys(DECLARATION_TYPES) as (keyof typeof DECLARATION_TYPES)[];
    const client = clientOf(mac);
    expect(types.filter((type) => whyNotDeclared(type, client) === undefined)).toEqual(
      types.filter((type) => isSupported(known(facts.declarations[type]).on, mac)),
    );
    const names = Object.keys(STATUS_ITEMS).filter(isStatusItemName);
    expect(names.filter((name) => whyNotSubscribed(name, client) === undefined)).toEqual(
      names.filter((name) => isSupported(known(facts.statusItems[name]).on, mac)),
    );
  });

  it('several enforcements would stand beside each other, settings be combined', () => {
    expect(facts.declarations['com.apple.configuration.softwareupdate.enforcement.specific']?.apply).toBe('multiple');
    expect(facts.declarations['com.apple.configuration.softwareupdate.settings']?.apply).toBe('combined');
  });

  it('manifest and tokens', () => {
    const mac = { version: '26.6.2', supervised: true };
    const manifest = JSON.parse(writeDeclarationItems(everySet(mac)[0]?.declarations ?? [], sha256));
    expect(faultsOfMessage(known(facts.protocol['DeclarationItemsResponse']), manifest, mac)).toEqual([]);
    const empty = JSON.parse(writeDeclarationItems([], sha256));
    expect(faultsOfMessage(known(facts.protocol['DeclarationItemsResponse']), empty, mac)).toEqual([]);
    const tokens = JSON.parse(writeTokens({ declarationsToken: 't', timestamp: at }));
    expect(faultsOfMessage(known(facts.protocol['TokensResponse']), tokens, mac)).toEqual([]);
  });
});

describe('enrollment is as Apple’s schema has it', () => {
  it.each(supervised.filter(({ version }) => Number(version.split('.')[0]) >= 11))(
    'the MDM payload for macOS $version',
    (mac) => {
      for (const made of [profile, { ...profile, identity: acme, certificates: [] }]) {
        const payloads = plist(writeEnrollmentProfile(made))['PayloadContent'] as Record<string, Plain>[];
        const mdm = payloads.find(({ PayloadType }) => PayloadType === 'com.apple.mdm') ?? {};
        const keys = without(
          mdm,
          ...['PayloadType', 'PayloadVersion', 'PayloadIdentifier', 'PayloadUUID', 'PayloadDisplayName'],
        );
        expect(faultsOfMessage(known(facts.profiles['com.apple.mdm']), keys, mac)).toEqual([]);
        expect(Object.keys(keys).length).toBeGreaterThan(7);
      }
    },
  );

  it('what sends a Mac away', () => {
    const mac = { version: '14.5', supervised: true };
    const betaProgram = { description: 'd', token: 't' };
    for (const body of [
      writeSoftwareUpdateRequired({ osVersion: '26.6.2' }),
      writeSoftwareUpdateRequired({ osVersion: '26.6.2', buildVersion: '25G83', betaProgram, message: 'm' }),
    ])
      expect(faultsOfMessage(known(facts.errors['softwareupdate.required']), JSON.parse(body), mac)).toEqual([]);
    const body = JSON.parse(writeUnrecognizedDevice());
    expect(faultsOfMessage(known(facts.errors['unrecognized.device']), body, mac)).toEqual([]);
  });
});

describe('what would not be as Apple’s schema has it is seen', () => {
  const on = (version: string, isSupervised = true): Recipient => ({ version, supervised: isSupervised });
  const enforce = known(facts.declarations['com.apple.configuration.softwareupdate.enforcement.specific']);
  const good = { TargetOSVersion: '26.6.2', TargetLocalDateTime: '2026-09-10T13:00:00' };
  const settings = known(facts.declarations['com.apple.configuration.softwareupdate.settings']);
  const mdm = known(facts.profiles['com.apple.mdm']);
  const schedule = known(facts.commands['ScheduleOSUpdate']);
  const information = known(facts.commands['DeviceInformation']);

  it.each<[string, MessageFacts, Plain, Recipient, string]>([
    ['an old Mac', enforce, good, on('13.7'), 'not for macOS 13.7'],
    ['trap 29: an unsupervised one', enforce, good, on('26.6', false), 'not for macOS 26.6, unsupervised'],
    [
      'trap 24: a command that was removed',
      known(facts.commands['OSUpdateStatus']),
      {},
      on('27.0'),
      'not for macOS 27.0',
    ],
    [
      'a key that is missing',
      enforce,
      without({ ...good }, 'TargetOSVersion'),
      on('26.6'),
      '/TargetOSVersion: missing',
    ],
    ['a key that is unknown', enforce, { ...good, Urgent: true }, on('26.6'), '/Urgent: unknown'],
    ['another kind of value', enforce, { ...good, TargetOSVersion: 26 }, on('26.6'), '/TargetOSVersion: no string'],
    [
      'a key of iOS',
      settings,
      { Deferrals: { CombinedPeriodInDays: 3 } },
      on('26.6'),
      '/Deferrals/CombinedPeriodInDays: unknown',
    ],
    [
      'too many days',
      settings,
      { Deferrals: { MajorPeriodInDays: 91 } },
      on('26.6'),
      '/Deferrals/MajorPeriodInDays: not in 1,90',
    ],
    [
      'a choice that is none',
      settings,
      { AutomaticActions: { Download: 'Never' } },
      on('26.6'),
      '/AutomaticActions/Download: not one of Allowed,AlwaysOn,AlwaysOff',
    ],
    [
      'a key before its time',
      settings,
      { Beta: { ProgramEnrollment: 'Allowed' } },
      on('15.3'),
      '/Beta: not on macOS 15.3',
    ],
    [
      'a version in an update of old',
      schedule,
      { Updates: [{ ProductVersion: '11.6', InstallAction: 'Default' }] },
      on('11.6'),
      '/Updates/0/ProductVersion: not on macOS 11.6',
    ],
    [
      'trap 25: a query that was removed',
      information,
      { Queries: ['SoftwareUpdateDeviceID'] },
      on('27.0'),
      '/Queries/0: no SoftwareUpdateDeviceID on macOS 27.0',
    ],
    [
      'trap 31: a key of a sample',
      known(facts.commands['ScheduleOSUpdateScan']),
      { ForceUpdateScan: true },
      on('12.6'),
      '/ForceUpdateScan: unknown',
    ],
    [
      'a URL without TLS',
      mdm,
      { IdentityCertificateUUID: profile.uuid, Topic: 't', ServerURL: 'http://x' },
      on('26.6'),
      '/ServerURL: not like ^https://.*$',
    ],
    ['data that is text', known(facts.commands['DeclarativeManagement']), { Data: '{}' }, on('26.6'), '/Data: no data'],
  ])('%s', (_, message, value, mac, fault) => expect(faultsOfMessage(message, value, mac)).toEqual([fault]));

  it('every command of ours is one of Apple’s', () =>
    expect(Object.keys(COMMANDS).filter((name) => !facts.commands[name as RequestType])).toEqual([]));
});
