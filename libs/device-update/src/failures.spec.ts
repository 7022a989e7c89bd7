import { describe, expect, it } from '@jest/globals';
import { classify, FAILURES, failureOf, relabel, UNKNOWN_FAILURE } from './failures.js';

describe('the failure taxonomy (X10)', () => {
  it('X10 names each cause once, with who acts and what helps', () => {
    expect(new Set(FAILURES.map(({ cause }) => cause)).size).toBe(FAILURES.length);
    for (const { remedy, retryMinutes } of FAILURES) {
      expect(remedy).toMatch(/\.$/);
      expect(retryMinutes ?? 0).toBeGreaterThanOrEqual(0);
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
  ])('X10 “%s” is %s', (said, cause) => expect(classify(said).cause).toBe(cause));

  it('X10 what it does not know is unknown, never our fault and never the Mac’s', () => {
    expect(classify('SUMysteryError (99): ???')).toBe(UNKNOWN_FAILURE);
    expect(failureOf('a cause of tomorrow')).toBe(UNKNOWN_FAILURE);
  });

  it('X10 the label is made of the words: a mapping that is added or mended today re-labels yesterday', () => {
    expect(relabel('unknown', 'DownloadInsufficientSpace').cause).toBe('no_space');
    expect(relabel('install_failed', 'DownloadInsufficientSpace').cause).toBe('no_space');
  });

  it('X10 a cause stays that only we can tell, and one whose words nothing fits any more', () => {
    expect(relabel('install_did_not_start', 'Installing the battery firmware').cause).toBe('install_did_not_start');
    expect(relabel('no_power', 'words of yesterday').cause).toBe('no_power');
    expect(relabel('a cause of tomorrow', 'words of yesterday')).toBe(UNKNOWN_FAILURE);
  });
});
