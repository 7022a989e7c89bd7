import { describe, expect, it } from '@jest/globals';
import { deviceUpdate } from './decider.js';
import { classify, type Failure, FAILURES, failureOf, relabel, UNKNOWN_FAILURE } from './failures.js';
import type { UpdateEvent } from './state.js';
import { enforced, updateState } from './testing/declared-inputs.js';
import { played } from './testing/inputs.js';

describe('the failure taxonomy (X10)', () => {
  it('X10 names each cause once, with who acts and what helps', () => {
    expect(new Set(FAILURES.map(({ cause }) => cause)).size).toBe(FAILURES.length);
    for (const { remedy, retryMinutes } of FAILURES) {
      expect(remedy).toMatch(/\.$/);
      if (retryMinutes !== 'never') expect(retryMinutes ?? 0).toBeGreaterThanOrEqual(0);
    }
  });

  it.each([
    ['DownloadInsufficientSpace', 'no_space'],
    ['InstallInsufficientPower', 'no_power'],
    ['DownloadInsufficientNetwork', 'no_network'],
    ['NSURLErrorDomain (-1009): The Internet connection appears to be offline.', 'no_network'],
    ['SUError (3): A volume owner must authorise this.', 'not_authorised'],
    ['Error MCMDMErrorDomain (12021): Device is not supervised', 'not_supervised'],
    ['The update is managed by a Declarative configuration', 'managed_by_declaration'],
    ['InstallAction Error', 'update_unavailable'],
    ['Error managed-os (0): unreadable answer: not-a-list at /AvailableOSUpdates', 'unreadable_answer'],
    ['DownloadRequiresComputer', 'needs_computer'],
    ['CommandFormatError MCMDMErrorDomain (12): no such key', 'our_fault'],
    ['NSPOSIXErrorDomain (28): No space left on device', 'no_space'],
    ['NSPOSIXErrorDomain (28): Auf dem Volume ist kein Platz', 'no_space'],
    ['MSU_ERR_INSUFFICIENT_SPACE', 'no_space'],
    ['There is insufficient free disk space', 'no_space'],
    ['AC power is required', 'no_power'],
    ['The request timed out', 'no_network'],
    ['A server with the specified hostname could not be found', 'no_network'],
    ['Could not connect to the server', 'no_network'],
    ['The Internet connection appears to be offline', 'no_network'],
    ['The update is unavailable', 'update_unavailable'],
  ])('X10 “%s” is %s', (said, cause) => expect(classify(said).cause).toBe(cause));

  it.each([
    ['DownloadFailed', 'download_failed'],
    ['DownloadRequiresComputer', 'needs_computer'],
    ['DownloadInsufficientSpace', 'no_space'],
    ['DownloadInsufficientPower', 'no_power'],
    ['DownloadInsufficientNetwork', 'no_network'],
    ['InstallInsufficientSpace', 'no_space'],
    ['InstallInsufficientPower', 'no_power'],
    ['InstallPhoneCallInProgress', 'call_in_progress'],
    ['InstallFailed', 'install_failed'],
  ])('X10 every failing status of UpdateResults has its entry: %s is %s', (status, cause) =>
    expect(classify(status).cause).toBe(cause),
  );

  it.each([
    ['Error.ActivationFailed', 'declaration_not_applied'],
    ['Error.AssetCannotBeDeserialized', 'declaration_malformed'],
    ['Error.AssetCannotBeDownloaded', 'declaration_malformed'],
    ['Error.AssetCannotBeVerified', 'declaration_malformed'],
    ['Error.ConfigurationCannotBeApplied', 'declaration_not_applied'],
    ['Error.ConfigurationCannotBeDeserialized', 'declaration_malformed'],
    ['Error.ConfigurationFailed', 'declaration_not_applied'],
    ['Error.ConfigurationIsInvalid', 'declaration_malformed'],
    ['Error.ConfigurationNotSupported', 'declaration_not_supported'],
    ['Error.InvalidPayload', 'declaration_malformed'],
    ['Error.MissingAssets', 'declaration_malformed'],
    ['Error.MissingConfigurations', 'declaration_malformed'],
    ['Error.MissingState', 'declaration_not_applied'],
    ['Error.PredicateFailed', 'declaration_malformed'],
    ['Error.UnableToEvaluatePredicate', 'declaration_malformed'],
    ['Error.UnableToParsePredicate', 'declaration_malformed'],
    ['Error.UnableToParsePredicateWithCustomOperator', 'declaration_malformed'],
    ['Error.Unknown', 'unknown'],
    ['Error.UnknownDeclarationType', 'declaration_malformed'],
    ['Error.UnknownPayloadKeys', 'declaration_malformed'],
    ['Info.NotReferencedByActivation', 'declaration_malformed'],
    ['Info.NotReferencedByConfiguration', 'declaration_malformed'],
    ['Info.Predicate', 'declaration_malformed'],
    ['Info.UnsupportedSettings', 'unknown'],
  ])('X10 every reason code of Apple’s schema has its entry: %s is %s', (code, cause) =>
    expect(classify(`${code}: A declaration is missing: {"Identifier":"a"}`).cause).toBe(cause),
  );

  it('X10 our own faults never look like the Mac’s', () => {
    for (const cause of [
      'our_fault',
      'unreadable_answer',
      'declaration_malformed',
      'managed_by_declaration',
      'unknown',
    ])
      expect(failureOf(cause).whoActs).toBe('us');
  });

  it.each([
    'SUMysteryError (99): ???',
    'NSPOSIXErrorDomain (2): No such file or directory',
    'NSPOSIXErrorDomain (280): ???',
    'The name space of the volume is wrong',
    'The operation timed out while the volume was sealed',
    'The power assertion was released',
    'PREFLIGHT_MAC POWERED',
    'The server refused the manifest',
    'The update service is unavailable',
    'The connection to service named com.apple.softwareupdated was interrupted',
  ])('X10 no false friend: “%s” stays unknown', (said) => expect(classify(said)).toBe(UNKNOWN_FAILURE));

  it('X10 what it does not know is unknown, never our fault and never the Mac’s', () => {
    expect(failureOf('a cause of tomorrow')).toBe(UNKNOWN_FAILURE);
  });

  it('X10 the label is made of the words: a mapping that is added or mended today re-labels yesterday', () => {
    expect(relabel('unknown', 'DownloadInsufficientSpace').cause).toBe('no_space');
    expect(relabel('install_failed', 'DownloadInsufficientSpace').cause).toBe('no_space');
  });

  it('X10 a recorded history is named anew by replay, and decides as it did', () => {
    const recorded = played(
      enforced,
      updateState('failed', { failure: { count: 1, reason: 'SUMystery: the seal of the volume is broken' } }),
    );
    const failed = recorded.find((event) => event.type === 'AttemptFailed');
    expect(failed).toMatchObject({ cause: 'unknown', said: 'SUMystery: the seal of the volume is broken' });
    const today: readonly Failure[] = [
      {
        cause: 'broken_seal',
        whoActs: 'user',
        remedy: 'The system has to be installed again.',
        words: [/seal of the volume/],
      },
      ...FAILURES,
    ];
    const named = (event: UpdateEvent, taxonomy?: readonly Failure[]) =>
      event.type === 'AttemptFailed' ? [relabel(event.cause, event.said, taxonomy).cause] : [];
    expect(recorded.flatMap((event) => named(event))).toEqual(['unknown']);
    expect(recorded.flatMap((event) => named(event, today))).toEqual(['broken_seal']);
    expect(recorded.reduce(deviceUpdate.evolve, deviceUpdate.initial).attempt?.failure?.cause).toBe('unknown');
  });

  it('X10 a cause stays that only we can tell, and one whose words nothing fits any more', () => {
    expect(relabel('install_did_not_start', 'Installing the battery firmware').cause).toBe('install_did_not_start');
    expect(relabel('no_power', 'words of yesterday').cause).toBe('no_power');
    expect(relabel('a cause of tomorrow', 'words of yesterday')).toBe(UNKNOWN_FAILURE);
  });
});
