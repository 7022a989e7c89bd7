import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Json, JsonObject } from '../json/value.js';
import { ddmSamplesFolder } from '../testing/config.js';
import { enforcedReport, firstReport } from '../testing/status-samples.js';
import { clientCapabilities } from './capabilities.js';
import { declarationStates, isInForce, declarationStateOf } from './declaration-states.js';
import { mergeStatus } from './merge.js';
import { installedBuild, operatingSystem } from './operating-system.js';
import { parseStatusReport } from './report.js';
import { updateState } from './update-state.js';

const update = (items: JsonObject) => updateState({ softwareupdate: items });

describe('what a Mac says of its update', () => {
  it('state, version, deadline, reason, failure and id', () =>
    expect(updateState(enforcedReport)).toEqual({
      installState: 'prepared',
      pending: { osVersion: '26.6.2', buildVersion: '25G83', targetLocalDateTime: '2026-09-10T13:00:00' },
      installReasons: ['declaration'],
      declarationId: 'enforce',
      failure: { count: 2, reason: 'Not enough space', at: '2026-09-09T11:00:00.000Z' },
      deviceId: 'J413AP',
    }));

  it.each(['none', 'waiting', 'downloading', 'prepared', 'installing', 'failed', 'pondering'])(
    'trap 12: %s is a state',
    (word) => expect(update({ 'install-state': word })).toEqual({ installState: word, installReasons: [] }),
  );

  it.each<[string, JsonObject]>([
    ['not reported', {}],
    [
      'reported as none',
      { 'pending-version': { 'os-version': '', 'build-version': '' }, 'failure-reason': { count: 0 } },
    ],
    [
      'another kind of value',
      { 'install-state': 7, 'pending-version': [], 'install-reason': 'mdm', 'failure-reason': null },
    ],
    ['an unlikely count', { 'failure-reason': { count: -1 } }],
  ])('nothing is pending: %s', (_, items) => expect(update(items)).toEqual({ installReasons: [] }));

  it('unknown reasons are passed on, what is no text is not', () =>
    expect(update({ 'install-reason': { reason: ['mdm', 'whim', 3] } }).installReasons).toEqual(['mdm', 'whim']));

  it.each([
    ['2026-09-10T13:00:00', '2026-09-10T13:00:00'],
    ['2026-09-10T13:00:00Z', undefined],
    ['soon', undefined],
  ])('trap 13: a deadline of %s is read as %s', (said, expected) =>
    expect(update({ 'pending-version': { 'os-version': '26.6.2', 'target-local-date-time': said } }).pending).toEqual({
      osVersion: '26.6.2',
      ...(expected !== undefined && { targetLocalDateTime: expected }),
    }),
  );

  it.each([
    ['2026-09-09T13:00:00Z', '2026-09-09T13:00:00.000Z'],
    ['2026-09-09T13:00:00.123-05:30', '2026-09-09T18:30:00.000Z'],
    ['2026-09-09T13:00:00-0530', '2026-09-09T18:30:00.000Z'],
    ['2026-02-30T13:00:00Z', undefined],
    ['2026-09-09T13:00:00+99:99', undefined],
    ['0000-01-01T00:00:00+10:00', undefined],
    ['yesterday', undefined],
  ])('a failure of %s was at %s', (timestamp, at) =>
    expect(update({ 'failure-reason': { count: 1, timestamp } }).failure).toEqual({
      count: 1,
      ...(at !== undefined && { at }),
    }),
  );
});

describe('what a Mac runs', () => {
  const system = (supplemental: Json) =>
    operatingSystem({
      device: { 'operating-system': { version: '26.3.1', 'build-version': '25D2128', supplemental } },
    });

  it.each(['a', '(a)'])('trap 37: %s is improvement a', (extra) =>
    expect(system({ 'extra-version': extra, 'build-version': '25D771280a' })).toEqual({
      version: '26.3.1',
      build: '25D2128',
      supplementalBuild: '25D771280a',
      extraVersion: 'a',
    }),
  );

  it('trap 33: an improvement has a build of its own', () => {
    expect(installedBuild(system({ 'build-version': '25D771280a' }))).toBe('25D771280a');
    expect(installedBuild(system({}))).toBe('25D2128');
    expect(installedBuild(system({ 'build-version': '', 'extra-version': '()' }))).toBe('25D2128');
    expect(installedBuild({})).toBeUndefined();
  });

  it('nothing is known of a Mac that does not say', () => expect(operatingSystem({ device: 'Mac' })).toEqual({}));
});

describe('what a Mac says of its declarations', () => {
  const [enforcement, token] = ['enforce', 't1'];

  it('each of them, by kind', () =>
    expect(declarationStates(enforcedReport).map(({ kind, identifier }) => [kind, identifier])).toEqual([
      ['activation', 'enforce.activation'],
      ['configuration', 'enforce'],
      ['configuration', 'managed-os.status'],
      ['management', 'managed-os.server'],
    ]));

  it('trap 10: active is not enough', () => {
    const state = declarationStateOf(enforcedReport, { identifier: 'managed-os.status', serverToken: 's1' });
    expect(state).toMatchObject({ active: true, valid: 'invalid' });
    expect(state?.reasons).toEqual([
      {
        code: 'Error.ConfigurationCannotBeApplied',
        description: 'Configuration cannot be applied',
        details: { Error: 'An internal error has occurred.' },
      },
    ]);
    expect(state && isInForce(state)).toBe(false);
  });

  it('trap 10: nor is an older revision', () => {
    const state = declarationStateOf(enforcedReport, { identifier: enforcement, serverToken: token });
    expect(state && isInForce(state)).toBe(true);
    expect(declarationStateOf(enforcedReport, { identifier: enforcement, serverToken: 't0' })).toBeUndefined();
  });

  it('what is not said is not so', () =>
    expect(declarationStates({ management: { declarations: { configurations: [{}, 7], assets: 'x' } } })).toEqual([
      { kind: 'configuration', identifier: '', serverToken: '', active: false, valid: 'unknown', reasons: [] },
    ]));
});

describe('what a Mac can be told', () => {
  it('types of all kinds, and status items', () =>
    expect(clientCapabilities(firstReport)).toEqual({
      versions: ['1.0.0'],
      declarations: [
        'com.apple.activation.simple',
        'com.apple.configuration.management.status-subscriptions',
        'com.apple.configuration.management.test',
        'com.apple.management.properties',
        'com.apple.management.server-capabilities',
      ],
      statusItems: expect.arrayContaining(['device.operating-system.version', 'management.declarations']),
      features: [],
    }));

  it('is unknown until it says so, and nothing when it says nothing', () => {
    expect(clientCapabilities(enforcedReport)).toBeUndefined();
    expect(clientCapabilities({ management: { 'client-capabilities': 1 } })).toEqual({
      versions: [],
      declarations: [],
      statusItems: [],
      features: [],
    });
  });
});

const folder = ddmSamplesFolder();
const withSamples = folder === undefined ? describe.skip : describe;
withSamples('reports of real devices (skipped without them: MOS_DDM_SAMPLES=<folder>)', () => {
  const status = (name: string) => {
    const parsed = parseStatusReport(readFileSync(path.join(folder ?? '', name)));
    if (!parsed.ok) throw new Error(parsed.refusal.detail);
    return mergeStatus({}, parsed.value);
  };

  it('a Mac’s first one', () => {
    const first = status('status-first-macos13.json');
    expect(operatingSystem(first)).toEqual({ version: '13.3.1', build: '22E261', extraVersion: 'a' });
    expect(clientCapabilities(first)?.declarations).toContain(
      'com.apple.configuration.management.status-subscriptions',
    );
    expect(clientCapabilities(first)?.statusItems).toHaveLength(20);
    expect(declarationStates(first)).toEqual([]);
    expect(updateState(first)).toEqual({ installReasons: [] });
  });

  it('trap 8: a configuration that no activation names', () =>
    expect(declarationStates(status('status-declaration-not-activated.json'))).toMatchObject([
      { identifier: 'com.example.test', active: false, reasons: [{ code: 'Info.NotReferencedByActivation' }] },
    ]));

  it('trap 10: active and invalid', () =>
    expect(declarationStates(status('status-full-ios16.json')).map(isInForce)).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]));
});

if (folder === undefined) console.warn('no reports of real devices are read: MOS_DDM_SAMPLES=<folder> is not set');
