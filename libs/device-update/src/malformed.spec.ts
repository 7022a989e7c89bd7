import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate, type UpdateInput } from './decider.js';
import { describe as describeState } from './describe.js';
import {
  answered,
  candidateFound,
  command,
  COUNTDOWN_END,
  countdownEnded,
  DEADLINE,
  deadlineReached,
  input,
  later,
  MAC,
  NOTIFY_FROM,
  notifyFromReached,
  plan,
  played,
} from './testing/inputs.js';

const given = specify(deviceUpdate);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);
const prompting = [plan(), notifyFromReached()];
const found = [...prompting, ...candidateFound()];
const malformed = (kind: string, at = later(NOTIFY_FROM, 20)): UpdateInput =>
  answered(command(kind), { outcome: 'format_error' }, at);

describe('a command that the Mac calls malformed (section 1.5 of Apple’s protocol, X10)', () => {
  it.each<[string, readonly UpdateInput[]]>([
    ['scan', prompting],
    ['available', [...prompting, answered(command('scan'))]],
    ['download', found],
    ['install', [...found, deadlineReached(), countdownEnded()]],
  ])('%s is never sent again unchanged, and it is for us to act', (kind, history) =>
    given(played(history))
      .when(malformed(kind, later(COUNTDOWN_END, 1)))
      .thenMatching((events, after) => {
        expect(types(events)).toEqual(['AttemptFailed']);
        expect(events[0]).toMatchObject({ kind, cause: 'our_fault', whoActs: 'us', said: 'CommandFormatError' });
        expect(events[0]).not.toHaveProperty('retryAt');
        const described = describeState(after);
        expect(described).toMatchObject({ stage: 'failed', reason: 'our_fault', whoActsNext: 'us' });
        expect(described.next).toContain('is not sent again as it is; this is to be mended here');
        expect(described).not.toHaveProperty('nextAt');
      }),
  );

  it('neither time nor facts that change nothing ask again', () => {
    const time = [deadlineReached(), countdownEnded(), plan({ factsRevision: 2 }, later(DEADLINE, 600))];
    const commands = played(prompting, malformed('scan'), time).filter(({ type }) => type === 'CommandRequested');
    expect(commands).toHaveLength(1);
  });

  it('S3 a malformed download does not hold back the install, which is another command', () =>
    given(played(found, malformed('download'), deadlineReached()))
      .when(countdownEnded())
      .thenMatching((events) =>
        expect(types(events)).toEqual(['PhaseReached', 'InstallRequested', 'CommandRequested']),
      ));

  it.each<[string, UpdateInput]>([
    [
      'another target',
      plan(
        {
          target: { version: '12.6' },
          steps: [{ mechanism: 'mdm_download_install', version: '12.6', preCache: true }],
        },
        later(NOTIFY_FROM, 60),
      ),
    ],
    [
      'a new enrollment',
      input({ type: 'DeviceEnrolled', deviceId: MAC, udid: 'U', again: true }, later(NOTIFY_FROM, 60)),
    ],
  ])('%s begins anew', (_, change) =>
    given(played(prompting, malformed('scan')))
      .when(change)
      .thenMatching((events) => expect(events.at(-1)).toMatchObject({ type: 'CommandRequested', attempt: 2 })),
  );
});
