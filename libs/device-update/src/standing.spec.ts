import { without } from '@managed-os/kernel';
import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate } from './decider.js';
import { describe as describeState } from './describe.js';
import {
  COUNTDOWN_END,
  countdownEnded,
  DEADLINE,
  deadlineReached,
  factsChanged,
  idlePlan,
  input,
  later,
  MAC,
  NOTIFY_FROM,
  notifyFromReached,
  obligation,
  OBLIGATION,
  OTHER_OBLIGATION,
  plan,
  played,
  START,
  time,
  upgradePlan,
} from './testing/inputs.js';

const given = specify(deviceUpdate);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

describe('what a Mac owes', () => {
  it('S18 a due plan is recorded with all that it rests on, and an attempt opens', () =>
    given()
      .when(plan())
      .thenMatching((events) => {
        expect(types(events)).toEqual(['VersionObserved', 'StandingChanged', 'AttemptOpened']);
        expect(events[1]).toMatchObject({ status: 'due', floor: '12.5.1', zone: 'Europe/Paris', phase: 'waiting' });
        expect(events[2]).toMatchObject({ attempt: 1, version: '12.5.1', fromVersion: '12.3', deadline: DEADLINE });
      }));

  it('a plan that says the same again says nothing', () =>
    given(played(plan()))
      .when(plan({ factsRevision: 3 }))
      .thenNothing());

  it('a plan on older facts than were seen is ignored', () =>
    given(played(factsChanged('12.3', 4)))
      .when(plan({ factsRevision: 3 }))
      .thenNothing());

  it('a plan on an older version than an answer showed is ignored', () =>
    given(
      played(
        plan(),
        input(
          {
            type: 'CommandAnswered',
            deviceId: MAC,
            commandId: OBLIGATION,
            command: { obligationId: OTHER_OBLIGATION, attempt: 1, kind: 'inventory', try: 1 },
            outcome: 'acknowledged',
            errors: [],
            available: [],
            results: [],
            osVersion: '12.5.1',
          },
          START,
        ),
      ),
    )
      .when(plan({ factsRevision: 2, target: { version: '12.6' } }))
      .thenNothing());

  it('S41 X11 a Mac becomes compliant on the version that a newer plan saw, and that is recorded first', () =>
    given()
      .when(idlePlan('compliant', { osVersion: '12.6', factsRevision: 2 }))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['VersionObserved', 'StandingChanged']);
        expect(events[0]).toMatchObject({ osVersion: '12.6', factsRevision: 2, seenBy: 'facts' });
        expect(events[1]).toMatchObject({ status: 'compliant' });
      }));

  it('X11 without any version seen it is unknown, whatever the plan says', () => {
    const { fact } = idlePlan('compliant');
    given()
      .when(input(fact.type === 'PlanChanged' ? without(fact, 'osVersion') : fact))
      .thenMatching((events) =>
        expect(events).toEqual([expect.objectContaining({ status: 'unknown', reason: 'inventory_missing' })]),
      );
  });

  it.each(['not_managed', 'incompatible', 'unknown'])('%s opens no attempt', (status) =>
    given()
      .when(idlePlan(status))
      .thenMatching((events) => expect(types(events)).not.toContain('AttemptOpened')),
  );

  it('X11 silence and return are recorded once', () => {
    const silent = input({ type: 'DeviceSilent', deviceId: MAC, since: START }, later(START, 10_080));
    const heard = input({ type: 'DeviceHeard', deviceId: MAC }, later(START, 10_090));
    given(played(plan())).when(heard).thenNothing();
    given(played(plan())).when(silent).then({ type: 'DeviceWentSilent', deviceId: MAC, since: START });
    given(played(plan(), silent)).when(silent).thenNothing();
    given(played(plan(), silent)).when(heard).then({ type: 'DeviceReturned', deviceId: MAC });
  });
});

describe('the time of an obligation', () => {
  it('S48 S66 at notify-from the Mac is asked what Apple offers it', () =>
    given(played(plan()))
      .when(notifyFromReached())
      .thenMatching((events) => {
        expect(types(events)).toEqual(['PhaseReached', 'CommandRequested']);
        expect(events[1]).toMatchObject({ kind: 'scan', try: 1, attempt: 1, obligationId: OBLIGATION });
      }));

  it('Q30 nothing is asked of the Mac before it', () =>
    given()
      .when(plan())
      .thenMatching((events) => expect(types(events)).not.toContain('CommandRequested')));

  it('X8 a timer that fires twice, or after a later one, says nothing', () => {
    given(played(plan(), notifyFromReached())).when(notifyFromReached()).thenNothing();
    given(played(plan(), deadlineReached()))
      .when(notifyFromReached(later(DEADLINE, 1)))
      .thenNothing();
  });

  it('6b the deadline of a Mac without agent: nobody can be prompted, the server counts down', () =>
    given(played(plan(), notifyFromReached()))
      .when(deadlineReached())
      .thenMatching((events) => {
        expect(types(events)).toEqual(['PhaseReached', 'PromptImpossible']);
        expect(events[1]).toMatchObject({ reason: 'agent_missing', countdownEnds: COUNTDOWN_END });
      }));

  it('6b with an agent the countdown is the agent’s', () =>
    given(played(plan({ agentInstalled: true }), notifyFromReached()))
      .when(deadlineReached())
      .thenMatching((events) => expect(types(events)).toEqual(['PhaseReached'])));

  it('6b whether there is an agent is what the plan says now, not what it said when the attempt opened', () => {
    const prompts = (before: boolean, now: boolean) =>
      types(
        played(
          plan({ agentInstalled: before }),
          notifyFromReached(),
          plan({ agentInstalled: now, factsRevision: 2 }, later(NOTIFY_FROM, 60)),
          deadlineReached(),
        ),
      );
    expect(prompts(false, true)).not.toContain('PromptImpossible');
    expect(prompts(true, false)).toContain('PromptImpossible');
  });

  it('S49 Q24 an obligation that opens late runs through its phases at once', () =>
    given(played(plan({}, later(DEADLINE, 600))))
      .when(deadlineReached(later(DEADLINE, 601)))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['PhaseReached', 'PromptImpossible', 'CommandRequested']);
        expect(events[1]).toMatchObject({ countdownEnds: later(DEADLINE, 631) });
      }));

  it('a phase that overtakes its plan is kept for it', () =>
    given(played(deadlineReached()))
      .when(plan({}, later(DEADLINE, 1)))
      .thenMatching((events, after) => {
        expect(after.standing?.phase).toBe('overdue');
        expect(types(events)).toContain('PromptImpossible');
      }));

  it('phases are kept while a Mac is blocked, for when it becomes due', () => {
    const blocked = plan({ status: 'blocked', reason: 'bootstrap_token_missing' });
    given(played(blocked, notifyFromReached(), deadlineReached(), countdownEnded()))
      .when(plan({ factsRevision: 2 }, later(COUNTDOWN_END, 60)))
      .thenMatching((events, after) => {
        expect(types(events)).toEqual(['StandingChanged', 'AttemptOpened', 'CommandRequested']);
        expect(after.standing?.phase).toBe('countdown_over');
      });
  });

  it('Q39 a later deadline takes the phase back, and the timer of the old one says nothing', () => {
    const moved = plan(
      { obligation: obligation({ deadline: time('2022-09-30T14:00:00Z'), notifyFrom: time('2022-09-25T14:00:00Z') }) },
      later(DEADLINE, 5),
    );
    given(played(plan(), notifyFromReached(), deadlineReached()))
      .when(moved)
      .thenMatching((events, after) => {
        expect(types(events)).toEqual(['StandingChanged']);
        expect(after.standing?.phase).toBe('waiting');
      });
    given(played(plan(), notifyFromReached(), moved))
      .when(deadlineReached(later(DEADLINE, 6)))
      .thenNothing();
  });

  it('Q39 the countdown after a deadline that was moved later is announced anew, with its own end', () => {
    const newDeadline = time('2022-09-18T14:00:00Z');
    const moved = plan({ obligation: obligation({ deadline: newDeadline }) }, later(DEADLINE, 5));
    given(played(plan(), notifyFromReached(), deadlineReached(), moved))
      .when(deadlineReached(newDeadline))
      .thenMatching((events, after) => {
        expect(types(events)).toEqual(['PhaseReached', 'PromptImpossible']);
        expect(events[1]).toMatchObject({ countdownEnds: later(newDeadline, 30) });
        expect(describeState(after)).toMatchObject({ stage: 'countdown', nextAt: later(newDeadline, 30) });
      });
  });
});

describe('the end of an attempt', () => {
  const running = played(plan(), notifyFromReached());

  it('Q38 a policy that is gone ends it at once, with what was requested', () =>
    given(running)
      .when(idlePlan('not_managed'))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['StandingChanged', 'CommandsWithdrawn', 'AttemptClosed']);
        expect(events[2]).toMatchObject({ outcome: 'withdrawn', attempt: 1, phase: 'waiting' });
      }));

  it('Q38 a Mac that is seen at the version in mid-countdown is left alone', () =>
    given(running, played(plan(), notifyFromReached(), deadlineReached()).slice(running.length))
      .when(factsChanged('12.5.1', 2))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['VersionObserved', 'CommandsWithdrawn', 'AttemptClosed']);
        expect(events[2]).toMatchObject({ outcome: 'verified', observedVersion: '12.5.1', factsRevision: 2 });
      }));

  it('a Mac at the floor but below the target has done what it owes', () =>
    given(
      played(
        plan({
          target: { version: '12.6' },
          steps: [{ mechanism: 'mdm_download_install', version: '12.6', preCache: true }],
        }),
      ),
    )
      .when(factsChanged('12.5.1', 2))
      .thenMatching((events) => expect(events.at(-1)).toMatchObject({ type: 'AttemptClosed', outcome: 'verified' })));

  it('a version on the way is recorded and changes nothing else', () =>
    given(running)
      .when(factsChanged('12.4', 2))
      .thenMatching((events) => expect(types(events)).toEqual(['VersionObserved'])));

  it.each([
    ['blocked', 'bootstrap_token_missing', 'blocked'],
    ['blocked', 'not_enrolled', 'unenrolled'],
    ['unknown', undefined, 'blocked'],
    ['above_required', undefined, 'withdrawn'],
  ])('%s / %s ends it as %s', (status, reason, outcome) =>
    given(running)
      .when(idlePlan(status, { ...(reason !== undefined && { reason }) }))
      .thenMatching((events) => expect(events.at(-1)).toMatchObject({ type: 'AttemptClosed', outcome })),
  );

  it('another target before the install begins a new attempt, where the phase goes on', () =>
    given(running)
      .when(
        plan(
          {
            target: { version: '12.6' },
            steps: [{ mechanism: 'mdm_download_install', version: '12.6', preCache: true }],
          },
          later(NOTIFY_FROM, 1),
        ),
      )
      .thenMatching((events) => {
        expect(types(events)).toEqual([
          'StandingChanged',
          'CommandsWithdrawn',
          'AttemptClosed',
          'AttemptOpened',
          'CommandRequested',
        ]);
        expect(events[2]).toMatchObject({ outcome: 'retargeted' });
        expect(events[3]).toMatchObject({ attempt: 2, version: '12.6' });
      }));

  it('another obligation with the same target begins a new attempt in its own phase', () =>
    given(running)
      .when(plan({ obligation: obligation({ obligationId: OTHER_OBLIGATION }) }))
      .thenMatching((events, after) => {
        expect(types(events)).toEqual(['StandingChanged', 'CommandsWithdrawn', 'AttemptClosed', 'AttemptOpened']);
        expect(after.standing?.phase).toBe('waiting');
      }));

  it('a Mac that checked out is blocked until it is back, one that owed nothing stays as it is', () => {
    const left = input({ type: 'DeviceUnenrolled', deviceId: MAC, reason: 'checked_out' }, later(NOTIFY_FROM, 5));
    given(running)
      .when(left)
      .thenMatching((events) => {
        expect(types(events)).toEqual(['StandingChanged', 'CommandsWithdrawn', 'AttemptClosed']);
        expect(events[2]).toMatchObject({ outcome: 'unenrolled' });
      });
    given(played(idlePlan('compliant')))
      .when(left)
      .thenNothing();
  });

  it('a Mac that enrolled again begins anew, because its queue was cleared', () => {
    const again = (yes: boolean) =>
      input({ type: 'DeviceEnrolled', deviceId: MAC, udid: 'U', again: yes }, later(NOTIFY_FROM, 5));
    given(running)
      .when(again(true))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['CommandsWithdrawn', 'AttemptClosed', 'AttemptOpened', 'CommandRequested']);
        expect(events[1]).toMatchObject({ outcome: 're_enrolled' });
      });
    given(running).when(again(false)).thenNothing();
  });

  it('a plan that does not know the newest version yet opens nothing', () =>
    given(played(upgradePlan(), factsChanged('12.5.1', 2)))
      .when(upgradePlan({ factsRevision: 2, osVersion: '12.5.1' }))
      .thenNothing());

  it('a way that no command takes opens an attempt and requests nothing', () =>
    given(played(plan({ steps: [{ mechanism: 'startosinstall', version: '12.5.1', preCache: false }] })))
      .when(deadlineReached())
      .thenMatching((events) => expect(types(events)).toEqual(['PhaseReached'])));
});
