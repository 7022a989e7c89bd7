import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate } from './decider.js';
import {
  answered,
  candidateFound,
  command,
  COUNTDOWN_END,
  countdownEnded,
  deadlineReached,
  later,
  mdmError,
  NOTIFY_FROM,
  notifyFromReached,
  offered,
  plan,
  played,
  PRODUCT,
  upgradePlan,
} from './testing/inputs.js';

const given = specify(deviceUpdate);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);
const prompting = [plan(), notifyFromReached()];
const listed = (...available: readonly ReturnType<typeof offered>[]) =>
  answered(command('available'), { available }, later(NOTIFY_FROM, 12));
const scanned = [...prompting, answered(command('scan'))];

describe('whether Apple offers the update to the Mac (S14, Q7)', () => {
  it('S14 the list is asked for two minutes after the scan was started', () =>
    given(played(prompting))
      .when(answered(command('scan')))
      .thenMatching((events) =>
        expect(events).toEqual([
          expect.objectContaining({ kind: 'available', try: 1, notBefore: later(NOTIFY_FROM, 12) }),
        ]),
      ));

  it('S14 the wanted version is the candidate, and its download is requested', () =>
    given(played(scanned))
      .when(listed(offered('12.4'), offered()))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['CandidateFound', 'CommandRequested']);
        expect(events[1]).toMatchObject({
          kind: 'download',
          installAction: 'DownloadOnly',
          productKey: PRODUCT,
          productVersion: '12.5.1',
        });
      }));

  it('of several builds the planned one is taken', () =>
    given(played(scanned))
      .when(listed(offered('12.5.1', { build: '21G80', productKey: 'OTHER' }), offered()))
      .thenMatching((events) => expect(events[0]).toMatchObject({ productKey: PRODUCT, build: '21G83' })));

  it.each([
    ['nothing', []],
    ['another version', [offered('12.4')]],
    ['config data', [offered('12.5.1', { configDataUpdate: true })]],
    ['firmware', [offered('12.5.1', { firmwareUpdate: true })]],
    ['a security response', [offered('12.5.1', { securityResponse: true })]],
    ['a version that is none', [offered('newest')]],
  ])('Q7 %s is not the update: it is looked for again in ten minutes', (_, available) =>
    given(played(scanned))
      .when(listed(...available))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['CandidateMissing', 'CommandRequested']);
        expect(events[0]).toMatchObject({ looks: 1, retryAt: later(NOTIFY_FROM, 22) });
        expect(events[1]).toMatchObject({ kind: 'scan', try: 2, notBefore: later(NOTIFY_FROM, 22) });
      }),
  );

  it('Q7 the pauses grow to an hour and stay there', () => {
    const looks = Array.from({ length: 6 }, (_, i) => [
      answered(command('scan', i + 1)),
      answered(command('available', i + 1), {}, NOTIFY_FROM),
    ]);
    const missing = played(prompting, looks.flat()).filter((event) => event.type === 'CandidateMissing');
    expect(missing.map(({ retryAt }) => Date.parse(retryAt) - Date.parse(NOTIFY_FROM))).toEqual(
      [10, 20, 40, 60, 60, 60].map((minutes) => minutes * 60_000),
    );
  });

  it('an answer to an older try, or a second answer, says nothing', () => {
    given(played(scanned))
      .when(answered(command('scan')))
      .thenNothing();
    given(played(scanned))
      .when(answered(command('available', 2)))
      .thenNothing();
    given(played(scanned))
      .when(answered(command('available', 1, 2)))
      .thenNothing();
  });

  it('an error is named, and the scan is tried again in an hour', () =>
    given(played(prompting))
      .when(answered(command('scan'), { outcome: 'error', errors: [mdmError('no idea')] }))
      .thenMatching((events) => {
        expect(events[0]).toMatchObject({
          type: 'AttemptFailed',
          kind: 'scan',
          cause: 'unknown',
          said: 'Error MCMDMErrorDomain (12021): no idea',
        });
        expect(events[1]).toMatchObject({ kind: 'scan', try: 2, notBefore: later(NOTIFY_FROM, 70) });
      }));
});

describe('major upgrades on Apple silicon (row 10)', () => {
  it('S8 S11 S13 Q6 nothing is looked for or downloaded before the deadline, and offering does not wait', () =>
    given(played(upgradePlan()))
      .when(notifyFromReached())
      .thenMatching((events) => expect(types(events)).toEqual(['PhaseReached'])));

  it('S14 the candidate is looked for during the countdown', () =>
    given(played(upgradePlan(), notifyFromReached()))
      .when(deadlineReached())
      .thenMatching((events) => expect(events.at(-1)).toMatchObject({ type: 'CommandRequested', kind: 'scan' })));

  it('S11 S12 a candidate requests no download; at the end of the countdown InstallASAP is the only action', () => {
    const ready = [upgradePlan(), notifyFromReached(), deadlineReached(), ...candidateFound()];
    expect(played(ready).filter((event) => event.type === 'CommandRequested' && event.kind === 'download')).toEqual([]);
    given(played(ready))
      .when(countdownEnded())
      .thenMatching((events) => {
        expect(types(events)).toEqual(['PhaseReached', 'InstallRequested', 'CommandRequested']);
        expect(events[2]).toMatchObject({ kind: 'install', installAction: 'InstallASAP', productKey: PRODUCT });
      });
  });

  it('Q7 S16 not offered at the end of the countdown: installed as soon as it is found', () => {
    const late = [
      upgradePlan(),
      notifyFromReached(),
      deadlineReached(),
      answered(command('scan')),
      answered(command('available')),
      countdownEnded(),
    ];
    given(played(late.slice(0, -1)))
      .when(countdownEnded())
      .thenMatching((events) => expect(types(events)).toEqual(['PhaseReached']));
    given(played(late, answered(command('scan', 2))))
      .when(answered(command('available', 2), { available: [offered()] }, later(COUNTDOWN_END, 60)))
      .thenMatching((events) =>
        expect(types(events)).toEqual(['CandidateFound', 'InstallRequested', 'CommandRequested']),
      );
  });
});
