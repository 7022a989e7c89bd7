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
