import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate } from './decider.js';
import {
  declarationNotOffered,
  declaration,
  declarationOffered,
  declared,
  declaredFacts,
  declaredPlan,
  enforced,
  declarationsRequested,
  to1582,
  WHILE_PROMPTED,
} from './testing/declared-inputs.js';
import {
  countdownEnded,
  DEADLINE,
  deadlineReached,
  factsChanged,
  later,
  NOTIFY_FROM,
  notifyFromReached,
  obligation,
  played,
  time,
} from './testing/inputs.js';

const given = specify(deviceUpdate);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

describe('the time that it says (section 6a)', () => {
  it('S69 in the Mac’s zone, which is not the policy’s', () =>
    expect(
      declarationsRequested(declaredFacts({ timeZone: 'Asia/Tokyo' }), declaredPlan(), notifyFromReached()),
    ).toMatchObject([
      { targetLocalDateTime: '2022-09-16T23:00:00', earliest: DEADLINE, latest: DEADLINE, zone: 'Asia/Tokyo' },
    ]));

  it.each([undefined, 'Mars/Base'])(
    'S69 a zone that is unknown (%s): never before the deadline, up to 26 hours late',
    (timeZone) => {
      const [request] = declarationsRequested(
        factsChanged('15.7.1', 1, timeZone === undefined ? {} : { timeZone }),
        declaredPlan(),
        notifyFromReached(),
      );
      expect(request).toMatchObject({
        targetLocalDateTime: '2022-09-17T04:00:00',
        earliest: DEADLINE,
        latest: later(DEADLINE, 26 * 60),
      });
      expect(request).not.toHaveProperty('zone');
    },
  );

  it('X9 a policy that goes by the Mac’s clock: the policy’s wall clock, also where nobody knows the zone', () => {
    const local = obligation({
      version: '15.8.1',
      deadline: time('2022-09-16T16:00:00Z'),
      deadlineLocal: '2022-09-16T16:00:00',
      zone: 'UTC',
    });
    expect(
      declarationsRequested(
        declaredPlan({ obligation: local, warnings: ['device_zone_unknown'] }),
        notifyFromReached(),
      ),
    ).toMatchObject([
      {
        targetLocalDateTime: '2022-09-16T16:00:00',
        earliest: time('2022-09-16T02:00:00Z'),
        latest: time('2022-09-17T04:00:00Z'),
      },
    ]);
  });

  it('S49 trap 14 an overdue one is the countdown from now, rounded up to a minute', () =>
    expect(
      declarationsRequested(declaredFacts(), declaredPlan(), deadlineReached(time('2022-09-20T10:00:30Z'))),
    ).toMatchObject([{ targetLocalDateTime: '2022-09-20T12:31:00', latest: time('2022-09-20T10:31:00Z') }]));

  it('trap 14 an overdue one is past nowhere where the zone is unknown', () =>
    expect(declarationsRequested(declaredPlan(), deadlineReached(time('2022-09-20T10:00:00Z')))).toMatchObject([
      { targetLocalDateTime: '2022-09-21T00:30:00', earliest: time('2022-09-20T10:30:00Z') },
    ]));

  it('6a once said it stays: neither time that passes nor a zone that is learned moves it', () => {
    given(played(declared))
      .when(declaredFacts({ timeZone: 'Asia/Tokyo' }, 2))
      .thenMatching((events) => expect(types(events)).toEqual(['ZoneObserved']));
    given(played(declaredFacts(), declaredPlan(), deadlineReached(later(DEADLINE, 60))))
      .when(countdownEnded(later(DEADLINE, 200)))
      .thenMatching((events) => expect(types(events)).toEqual(['PhaseReached']));
  });

  it('6a another version says the same time', () =>
    given(played(declared, declaredFacts({ timeZone: 'Asia/Tokyo' }, 2)))
      .when(declaredPlan(to1582, WHILE_PROMPTED))
      .thenMatching((events) => {
        expect(types(events)).toEqual([
          'StandingChanged',
          'DeclarationWithdrawn',
          'AttemptClosed',
          'AttemptOpened',
          'DeclarationRequested',
        ]);
        expect(events[1]).toMatchObject({ attempt: 1, try: 1, reason: 'retargeted' });
        expect(events[4]).toMatchObject({
          attempt: 2,
          try: 1,
          version: '15.8.2',
          targetLocalDateTime: '2022-09-16T16:00:00',
          zone: 'Europe/Paris',
        });
      }));

  it('trap 14 unless it has come', () =>
    expect(
      declarationsRequested(declared, deadlineReached(), declaredPlan(to1582, later(DEADLINE, 120))).at(-1),
    ).toMatchObject({
      targetLocalDateTime: '2022-09-16T18:30:00',
    }));

  it('Q39 another deadline is another time; the request replaces the one before', () => {
    const earlier = obligation({
      version: '15.8.1',
      deadline: later(DEADLINE, -1_440),
      notifyFrom: later(NOTIFY_FROM, -1_440),
    });
    given(played(enforced))
      .when(declaredPlan({ obligation: earlier }, WHILE_PROMPTED))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['StandingChanged', 'DeclarationRequested']);
        expect(events[1]).toMatchObject({ attempt: 1, try: 2, targetLocalDateTime: '2022-09-15T16:00:00' });
      });
  });

  it('Q39 S48 one that was moved so far that its time has not come is withdrawn, and said again then', () => {
    const moved = obligation({
      version: '15.8.1',
      deadline: later(DEADLINE, 14_400),
      notifyFrom: later(NOTIFY_FROM, 14_400),
    });
    const postponed = declaredPlan({ obligation: moved }, WHILE_PROMPTED);
    given(played(enforced))
      .when(postponed)
      .thenMatching((events) => {
        expect(types(events)).toEqual(['StandingChanged', 'DeclarationWithdrawn']);
        expect(events[1]).toMatchObject({ reason: 'postponed' });
      });
    given(played(enforced, postponed))
      .when(notifyFromReached(later(NOTIFY_FROM, 14_400)))
      .thenMatching((events) =>
        expect(events[1]).toMatchObject({ attempt: 1, try: 2, targetLocalDateTime: '2022-09-26T16:00:00' }),
      );
  });

  it('trap 14 one whose time came before the Mac fetched it is requested with another', () => {
    const offered = [...declared, deadlineReached(), declarationOffered()];
    given(played(offered))
      .when(declarationNotOffered('past_due', declaration(), later(DEADLINE, 300)))
      .thenMatching((events) =>
        expect(events).toMatchObject([
          { type: 'DeclarationRequested', try: 2, targetLocalDateTime: '2022-09-16T21:30:00' },
        ]),
      );
    given(played(enforced, deadlineReached()))
      .when(declarationNotOffered('past_due', declaration(), later(DEADLINE, 300)))
      .thenNothing();
    given(played(declaredPlan())).when(declarationNotOffered('past_due')).thenNothing();
  });

  it('trap 14 also where another clock was a moment ahead: whoever said so offers it no more', () => {
    const early = declarationNotOffered('past_due', declaration(), later(DEADLINE, -0.02));
    given(played(declared, declarationOffered()))
      .when(early)
      .thenMatching((events) =>
        expect(events).toMatchObject([
          { type: 'DeclarationRequested', try: 2, targetLocalDateTime: '2022-09-16T16:30:00' },
        ]),
      );
    given(played(declared, declarationOffered(), early))
      .when(early)
      .thenNothing();
    const [first] = declarationsRequested(declaredPlan(), notifyFromReached());
    expect(
      declarationsRequested(declaredPlan(), notifyFromReached(), declarationOffered(), early).at(-1),
    ).toMatchObject({ try: 2, earliest: later(time(first?.earliest ?? ''), 30) });
  });
});
