import { describe, expect, it } from '@jest/globals';
import { OWN } from './sentences.js';
import { TOLD } from './told.js';

const MAC = '10000000-0000-4000-8000-000000000001';
const timer = { deviceId: MAC, obligationId: MAC, timerId: MAC, dueAt: '2022-09-16T14:00:00.000Z' };

describe('the timeline in plain sentences', () => {
  it('X8 a timer that fired late says how late and why', () => {
    expect(TOLD.DeadlineReached({ type: 'DeadlineReached', ...timer, lateSeconds: 5 })).toBe(
      'The deadline was reached.',
    );
    expect(
      TOLD.DeadlineReached({ type: 'DeadlineReached', ...timer, lateSeconds: 5_400, lateBecause: 'server_down' }),
    ).toBe('The deadline was reached, 90 minutes late (server_down).');
  });

  it('X10 a failure is told with its remedy and the Mac’s own words; what was unknown then is named now', () =>
    expect(
      OWN.AttemptFailed({
        type: 'AttemptFailed',
        deviceId: MAC,
        attempt: 1,
        cause: 'unknown',
        whoActs: 'us',
        said: 'DownloadInsufficientSpace',
        retryAt: '2022-09-16T15:00:00.000Z',
        kind: 'download',
      }),
    ).toBe(
      'The download failed: no_space. There is not enough free disk space; files have to be removed from the Mac. The Mac said “DownloadInsufficientSpace”. Tried again at 2022-09-16 15:00 UTC.',
    ));

  it('S22 a download that failed on a macOS that reports unreliably is called Apple’s limitation, with where to say so', () => {
    const failed = (cause: string, said: string) =>
      OWN.AttemptFailed({
        type: 'AttemptFailed',
        deviceId: MAC,
        attempt: 1,
        cause,
        whoActs: 'apple',
        said,
        kind: 'download',
        unreliableReporting: true,
      });
    expect(failed('download_failed', 'DownloadFailed')).toContain('feedbackassistant.apple.com');
    expect(failed('unknown', 'SUMystery')).toContain('feedbackassistant.apple.com');
    expect(failed('no_space', 'DownloadInsufficientSpace')).not.toContain('limitation');
    expect(failed('our_fault', 'CommandFormatError')).not.toContain('limitation');
  });

  it('6b where macOS prompts, counts down and restarts by itself, the timeline says so', () => {
    const reached = (phase: 'prompting' | 'overdue' | 'countdown_over', mechanism?: string) =>
      OWN.PhaseReached({
        type: 'PhaseReached',
        deviceId: MAC,
        obligationId: MAC,
        phase,
        ...(mechanism !== undefined && { mechanism }),
      });
    expect(reached('overdue', 'ddm_enforcement')).toContain('up to macOS');
    expect(reached('prompting', 'ddm_enforcement')).toContain('prompts by itself');
    expect(reached('countdown_over', 'ddm_enforcement')).toContain('macOS that counts');
    expect(reached('overdue', 'mdm_install_asap')).toBe('The deadline has passed; the countdown begins.');
    expect(reached('overdue')).toBe('The deadline has passed; the countdown begins.');
  });

  it('S69 a declaration names the wall clock that it goes by, or that nobody knows which', () => {
    const requested = {
      type: 'DeclarationRequested' as const,
      deviceId: MAC,
      obligationId: MAC,
      attempt: 1,
      try: 1,
      version: '15.8.1',
      targetLocalDateTime: '2022-09-17T04:00:00',
      deadline: '2022-09-16T14:00:00.000Z',
      earliest: '2022-09-16T14:00:00.000Z',
      latest: '2022-09-17T16:00:00.000Z',
    };
    expect(OWN.DeclarationRequested(requested)).toContain(
      'for 2022-09-17 04:00 on its own clock, wherever it is (2022-09-17 16:00 UTC at the latest)',
    );
    expect(OWN.DeclarationRequested({ ...requested, zone: 'Asia/Tokyo' })).toContain('(Asia/Tokyo)');
  });

  it.each([
    ['offered', '', 'still to be seen'],
    ['not_offered', 'not_supported', 'not_supported'],
    ['fetched', '', 'on the Mac'],
    ['in_force', '', 'in force'],
    ['not_in_force', 'Error.Unknown', '“Error.Unknown”'],
  ] as const)('X11 a declaration that is %s is not more than that', (state, said, words) =>
    expect(
      OWN.DeclarationObserved({ type: 'DeclarationObserved', deviceId: MAC, attempt: 1, try: 1, state, said }),
    ).toContain(words),
  );

  it('X1 what the Mac says of its own update is told in its words, and no word of tomorrow is lost', () => {
    expect(
      TOLD.UpdateStateReported({
        type: 'UpdateStateReported',
        deviceId: MAC,
        installState: 'thinking',
        pendingVersion: { osVersion: '15.8.1', targetLocalDateTime: '2022-09-16T16:00:00' },
        installReasons: ['declaration'],
        failure: { count: 2, reason: 'BatteryTooLow' },
      }),
    ).toBe(
      'The Mac said of its software update: “thinking”, macOS 15.8.1 for 2022-09-16 16:00, because of declaration, failed 2 times (“BatteryTooLow”).',
    );
    expect(TOLD.UpdateStateReported({ type: 'UpdateStateReported', deviceId: MAC, installReasons: [] })).toBe(
      'The Mac said of its software update: no state.',
    );
  });

  it('S22 a stuck download on a macOS that reports unreliably is called Apple’s limitation', () =>
    expect(
      OWN.DownloadStalled({
        type: 'DownloadStalled',
        deviceId: MAC,
        attempt: 1,
        try: 2,
        how: 'disappeared',
        polls: 3,
        missing: 2,
        unreliableReporting: true,
        inARow: 2,
        enough: 3,
      }),
    ).toContain('limitation of Apple'));

  it('an obligation names what opened it', () => {
    const opened = {
      type: 'ObligationOpened' as const,
      deviceId: MAC,
      obligationId: MAC,
      itemId: MAC,
      version: '12.6',
      openedBy: '12.6',
      deadline: '2022-10-12T14:00:00.000Z',
      notifyFrom: '2022-10-07T14:00:00.000Z',
      deadlineLocal: '2022-10-12T16:00:00',
      zone: 'Europe/Paris',
      itemRevision: 2,
      cves: [],
    };
    expect(TOLD.ObligationOpened(opened)).toBe(
      'macOS 12.6 is owed by 2022-10-12 16:00 (Europe/Paris), because of the release of 12.6.',
    );
    expect(TOLD.ObligationOpened({ ...opened, openedBy: 'policy' })).toContain('because of the policy');
  });
});
