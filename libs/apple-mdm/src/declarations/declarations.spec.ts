import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type Instant, instant, localAt } from '@managed-os/kernel';
import fc from 'fast-check';
import { isLocalDateTime } from '../local-date-time.js';
import { activation } from './activation.js';
import { declarationOf, declarationKindOf, type Sha256, writeDeclaration } from './declaration.js';
import { parseEndpoint } from './endpoint.js';
import { enforcement } from './enforcement.js';
import { updateSettings } from './settings.js';
import { statusSubscriptions } from './subscriptions.js';
import { declarationsToken, syncTimestamp, writeDeclarationItems, writeTokens } from './sync.js';

const sha256: Sha256 = (text) => createHash('sha256').update(text).digest('hex');
const at = (text: string): Instant => instant(Date.parse(text));
const deadline = localAt(at('2026-09-10T11:00:00Z'), 'Europe/Paris');
const id = 'org.example.enforce';

describe('declarations', () => {
  it('an enforcement says version, build, wall clock and where to read more', () =>
    expect(
      enforcement(id, {
        targetOsVersion: '26.6.2',
        targetBuildVersion: '25G83',
        targetLocalDateTime: deadline,
        detailsUrl: 'https://it.example.org/os',
      }),
    ).toEqual({
      type: 'com.apple.configuration.softwareupdate.enforcement.specific',
      identifier: id,
      payload: {
        TargetOSVersion: '26.6.2',
        TargetBuildVersion: '25G83',
        TargetLocalDateTime: '2026-09-10T13:00:00',
        DetailsURL: 'https://it.example.org/os',
      },
    }));

  it('what is not said is a key that is not there', () =>
    expect(enforcement(id, { targetOsVersion: '26.6.2', targetLocalDateTime: deadline }).payload).toEqual({
      TargetOSVersion: '26.6.2',
      TargetLocalDateTime: '2026-09-10T13:00:00',
    }));

  it('trap 13: an instant is no wall clock', () => {
    const targetLocalDateTime = at('2026-09-10T11:00:00Z');
    // @ts-expect-error: both are text, and the compiler keeps them apart.
    expect(enforcement(id, { targetOsVersion: '26.6.2', targetLocalDateTime })).toBeDefined();
  });

  it.each([
    ['2026-09-10T13:00:00', true],
    ['2024-02-29T23:59:59', true],
    ['2026-02-29T13:00:00', false],
    ['2026-09-10T24:00:00', false],
    ['2026-09-10T13:00:60', false],
    ['2026-09-10T13:00:00Z', false],
    ['2026-09-10T13:00:00.5', false],
    ['2026-09-10T13:00:00+02:00', false],
    ['2026-09-10 13:00:00', false],
    ['2026-09-10T13:00', false],
    ['', false],
  ])('trap 13: %s is a wall clock as Apple writes it: %s', (text, expected) =>
    expect(isLocalDateTime(text)).toBe(expected),
  );

  it('trap 8: an activation names its one configuration', () =>
    expect(activation(id)).toEqual({
      type: 'com.apple.activation.simple',
      identifier: `${id}.activation`,
      payload: { StandardConfigurations: [id] },
    }));

  it('a subscription lists names', () =>
    expect(statusSubscriptions('s', ['softwareupdate.install-state', 'device.model.identifier']).payload).toEqual({
      StatusItems: [{ Name: 'softwareupdate.install-state' }, { Name: 'device.model.identifier' }],
    }));

  it('each goes by its kind', () => {
    expect(declarationKindOf(activation(id).type)).toBe('activation');
    expect(declarationKindOf('com.apple.management.properties')).toBe('management');
    expect(declarationKindOf(statusSubscriptions('s', []).type)).toBe('configuration');
    expect(declarationKindOf('com.apple.asset.data')).toBe('asset');
  });
});

describe('software update settings', () => {
  it('are all of what macOS has, in its own keys', () =>
    expect(
      updateSettings(
        's',
        {
          notifications: false,
          deferrals: { major: 90, minor: 14, system: 1 },
          automaticActions: { download: 'AlwaysOn', installOsUpdates: 'Allowed', installSecurityUpdates: 'AlwaysOff' },
          backgroundSecurityImprovements: { enable: true, enableRollback: false },
          allowStandardUserOsUpdates: true,
          beta: { enrollment: 'AlwaysOn', require: { description: 'macOS 27', token: 'T' } },
        },
        '15.4',
      ).payload,
    ).toEqual({
      Notifications: false,
      Deferrals: { MajorPeriodInDays: 90, MinorPeriodInDays: 14, SystemPeriodInDays: 1 },
      AutomaticActions: { Download: 'AlwaysOn', InstallOSUpdates: 'Allowed', InstallSecurityUpdate: 'AlwaysOff' },
      RapidSecurityResponse: { Enable: true, EnableRollback: false },
      AllowStandardUserOSUpdates: true,
      Beta: { ProgramEnrollment: 'AlwaysOn', RequireProgram: { Description: 'macOS 27', Token: 'T' } },
    }));

  it('leave out groups without an entry', () =>
    expect(updateSettings('s', { deferrals: {}, automaticActions: {}, notifications: true }, '15.0').payload).toEqual({
      Notifications: true,
    }));

  it.each([
    ['15.3.2', false],
    ['15.4', true],
    ['26.0', true],
    [undefined, false],
    ['?', false],
  ])('macOS %s knows of beta programs: %s', (version, known) => {
    const offer = [{ description: 'd', token: 't' }];
    const { payload } = updateSettings('s', { beta: { enrollment: 'Allowed', offer } }, version);
    expect(payload).toEqual(
      known ? { Beta: { ProgramEnrollment: 'Allowed', OfferPrograms: [{ Description: 'd', Token: 't' }] } } : {},
    );
  });

  it.each([0, 91, 1.5, NaN])('trap 34: nothing is deferred by %s days', (major) =>
    expect(() => updateSettings('s', { deferrals: { major } }, '15.0')).toThrow(RangeError),
  );
});

describe('the revision of a declaration', () => {
  const content = enforcement(id, { targetOsVersion: '26.6.2', targetLocalDateTime: deadline });
  const { serverToken } = declarationOf(content, sha256);

  it('trap 5: is the same for the same content, in whatever order its keys come', () => {
    const turned = { ...content, payload: Object.fromEntries(Object.entries(content.payload).reverse()) };
    expect(declarationOf(turned, sha256).serverToken).toBe(serverToken);
    expect(serverToken).toHaveLength(64);
  });

  it.each([
    ['payload', { ...content, payload: { ...content.payload, TargetOSVersion: '26.6.3' } }],
    ['identifier', { ...content, identifier: `${id}.2` }],
    ['type', { ...content, type: 'com.apple.configuration.management.test' as const }],
  ])('trap 4: is another when the %s is', (_, changed) =>
    expect(declarationOf(changed, sha256).serverToken).not.toBe(serverToken),
  );

  it.each([
    ['empty', ''],
    ['65 octets', 'x'.repeat(65)],
    ['33 letters of two octets', 'é'.repeat(33)],
  ])('there is none for an identifier that is %s', (_, identifier) =>
    expect(() => declarationOf({ ...content, identifier }, sha256)).toThrow(RangeError),
  );

  it('nor by a hash that is too long', () =>
    expect(() => declarationOf(content, () => 'x'.repeat(65))).toThrow(RangeError));

  it('the document has all four keys', () =>
    expect(JSON.parse(writeDeclaration(declarationOf(content, sha256)))).toEqual({
      Type: content.type,
      Identifier: id,
      ServerToken: serverToken,
      Payload: content.payload,
    }));
});

describe('synchronisation', () => {
  const properties = { type: 'com.apple.management.properties', identifier: 'c', payload: {} } as const;
  const set = [activation('b'), activation('a'), properties, statusSubscriptions('s', [])].map((content) =>
    declarationOf(content, sha256),
  );
  const [first, ...others] = set;

  it('trap 6: the manifest and the command tell the same token', () => {
    const token = declarationsToken(set, sha256);
    expect(JSON.parse(writeDeclarationItems(set, sha256))).toMatchObject({ DeclarationsToken: token });
    expect(JSON.parse(writeTokens({ declarationsToken: token, timestamp: at('2026-09-01T08:00:00Z') }))).toEqual({
      SyncTokens: { DeclarationsToken: token, Timestamp: '2026-09-01T08:00:00Z' },
    });
  });

  it('the token is that of the set, not of its order', () => {
    expect(declarationsToken(set.toReversed(), sha256)).toBe(declarationsToken(set, sha256));
    expect(writeDeclarationItems(set.toReversed(), sha256)).toBe(writeDeclarationItems(set, sha256));
    expect(declarationsToken(others, sha256)).not.toBe(declarationsToken(set, sha256));
    expect(first && declarationsToken([...others, { ...first, serverToken: 'x' }], sha256)).not.toBe(
      declarationsToken(set, sha256),
    );
  });

  it('the manifest lists each kind, the empty ones too', () => {
    const { Declarations: listed } = JSON.parse(writeDeclarationItems(set, sha256));
    expect(listed.Assets).toEqual([]);
    expect(listed.Activations.map(({ Identifier }: { Identifier: string }) => Identifier)).toEqual([
      'a.activation',
      'b.activation',
    ]);
    expect(listed.Management).toEqual([{ Identifier: 'c', ServerToken: expect.any(String) }]);
    expect(JSON.parse(writeDeclarationItems([], sha256)).Declarations).toEqual({
      Activations: [],
      Configurations: [],
      Assets: [],
      Management: [],
    });
  });

  it.each([
    ['2026-09-01T08:00:00.999Z', undefined, '2026-09-01T08:00:00.000Z'],
    ['2026-09-01T08:00:05.000Z', '2026-09-01T08:00:00Z', '2026-09-01T08:00:05.000Z'],
    ['2026-09-01T08:00:00.500Z', '2026-09-01T08:00:00Z', '2026-09-01T08:00:01.000Z'],
    ['2026-08-31T00:00:00.000Z', '2026-09-01T08:00:00Z', '2026-09-01T08:00:01.000Z'],
  ])('trap 38: at %s after %s a set is of %s', (now, before, expected) =>
    expect(syncTimestamp(at(now), before === undefined ? undefined : at(before))).toBe(expected),
  );
});

describe('what a Mac asks for', () => {
  it.each([
    ['tokens', { asks: 'tokens' }],
    ['declaration-items', { asks: 'declaration-items' }],
    ['status', { asks: 'status' }],
    ['declaration/activation/a', { asks: 'declaration', kind: 'activation', identifier: 'a' }],
    ['declaration/configuration/a/b//c/', { asks: 'declaration', kind: 'configuration', identifier: 'a/b//c/' }],
    ['declaration/management/%2F', { asks: 'declaration', kind: 'management', identifier: '%2F' }],
    ['declaration/asset/a\nb', { asks: 'declaration', kind: 'asset', identifier: 'a\nb' }],
    ['declaration/asset/', { asks: 'unknown' }],
    ['declaration/asset', { asks: 'unknown' }],
    ['declaration/widget/a', { asks: 'unknown' }],
    ['declaration//a', { asks: 'unknown' }],
    ['/tokens', { asks: 'unknown' }],
    ['Tokens', { asks: 'unknown' }],
    ['', { asks: 'unknown' }],
  ])('%s', (endpoint, expected) => expect(parseEndpoint(endpoint)).toEqual(expected));

  it('is what a declaration is called, whatever that is', () =>
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (identifier) =>
        expect(parseEndpoint(`declaration/asset/${identifier}`)).toEqual({
          asks: 'declaration',
          kind: 'asset',
          identifier,
        }),
      ),
      { seed: 5 },
    ));
});
