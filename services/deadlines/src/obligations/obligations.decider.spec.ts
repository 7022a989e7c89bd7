import { describe, expect, it } from '@jest/globals';
import { byPolicy, release } from '@managed-os/enforcement/testing';
import { specify } from '@managed-os/kernel/testing';
import { at, looked, timerDue } from '../testing/looked.js';
import { june, names, one, OPENED, play, policy } from '../testing/play.js';
import { obligations } from './obligations.decider.js';
import { nothingOwed } from './obligations.state.js';

const given = specify(obligations);

describe('what a Mac owes', () => {
  it('S2 S59 S61 S64 a release opens an obligation, with the timers of prompting and enforcement', () => {
    const events = play().look({ releases: june });
    expect(names(events)).toEqual(OPENED);
    expect(one(events, 'ObligationOpened')).toMatchObject({
      version: '12.2',
      openedBy: '12.2',
      deadline: '2022-06-15T14:00:00.000Z',
    });
    expect(events.filter((e) => e.type === 'TimerSet').map(({ dueAt }) => dueAt)).toEqual([
      '2022-06-10T14:00:00.000Z',
      '2022-06-15T14:00:00.000Z',
    ]);
  });

  it('S1 S60 S67 S68 a policy opens one, at its date and time in its zone', () => {
    const events = play().look({
      enforcement: byPolicy('12.2', { deadlineDate: '2022-09-16', time: '14:00', clock: { zone: 'Asia/Tokyo' } }),
      releases: june,
    });
    expect(one(events, 'ObligationOpened')).toMatchObject({
      openedBy: 'policy',
      deadline: '2022-09-16T05:00:00.000Z',
      deadlineLocal: '2022-09-16T14:00:00',
      zone: 'Asia/Tokyo',
    });
  });

  it('the same look again says nothing', () =>
    given(...play().look({ releases: june }))
      .when(looked({ releases: june }))
      .thenNothing());

  it('the same facts give the same ids, whoever decides', () =>
    expect(play().look({ releases: june })).toEqual(play().look({ releases: june })));

  it('S41 S44 S45 a Mac at or above the floor owes nothing; a supplemental build is no release', () => {
    expect(names(play().look({ releases: june, device: { osVersion: '12.2' } }))).toEqual(['PlanChanged']);
    expect(one(play().look({ releases: june, device: { osVersion: '13.0' } }), 'PlanChanged').status).toBe(
      'above_required',
    );
    expect(
      one(play().look({ releases: [release('12.2', '2022-06-01', { kind: 'supplemental' })] }), 'PlanChanged').status,
    ).toBe('compliant');
  });

  it.each([
    ['9', { osVersion: '12.1' }, '12', 'mdm_download_install'],
    ['10', { osVersion: '11.6' }, '12', 'mdm_install_asap'],
    ['16', { osVersion: '12.1', architecture: 'x86_64' }, '12', 'mdm_download_install'],
  ])('S5 S6 S9 S11 S18 S42 S43 row %s decides for %j under %s', (row, device, os, mechanism) =>
    expect(one(play().look({ releases: june, device, os }), 'PlanChanged')).toMatchObject({
      status: 'due',
      row,
      steps: [{ mechanism, version: '12.2', build: '21D49' }],
    }),
  );

  it('S7 a Mac that cannot be managed is told as incompatible, with the reason, and owes nothing', () =>
    expect(play().look({ releases: june, device: { osVersion: '11.3.1' } })).toEqual([
      expect.objectContaining({
        type: 'PlanChanged',
        status: 'incompatible',
        reason: 'bootstrap_token_updates_broken',
        row: '5',
        openObligations: 0,
      }),
    ]));

  it('X11 the plan says on which facts it rests, and again when only they are newer', () => {
    const mac = play();
    mac.look({ releases: june });
    expect(mac.look({ releases: june, factsRevision: 2 })).toEqual([
      expect.objectContaining({ type: 'PlanChanged', factsRevision: 2 }),
    ]);
  });
});

describe('several releases (X7, Q28)', () => {
  const second = [...june, release('12.3', '2022-06-12', { build: '21E230' })];

  it('X7 a later release opens its own obligation and leaves the Mac’s deadline alone', () => {
    const mac = play();
    mac.look({ releases: june });
    const events = mac.look({ releases: second });
    expect(names(events)).toEqual(['ObligationOpened', 'PlanChanged']);
    expect(one(events, 'PlanChanged')).toMatchObject({
      openObligations: 2,
      target: { version: '12.3' },
      obligation: { version: '12.2', deadline: '2022-06-15T14:00:00.000Z' },
    });
  });

  it('X7 installing the newest discharges all', () => {
    const mac = play();
    mac.look({ releases: second });
    const events = mac.look({ releases: second, device: { osVersion: '12.3' } });
    expect(names(events)).toEqual([
      'ObligationClosed',
      'ObligationClosed',
      'PlanChanged',
      'TimerCancelled notify_from',
      'TimerCancelled deadline',
    ]);
    expect(one(events, 'ObligationClosed')).toMatchObject({ outcome: 'discharged', observedVersion: '12.3' });
  });

  it('Q28 after the first floor the next obligation makes the deadline', () => {
    const mac = play();
    mac.look({ releases: second });
    const events = mac.look({ releases: second, device: { osVersion: '12.2.1' } });
    expect(names(events)).toEqual(['ObligationClosed', 'PlanChanged', 'TimerSet notify_from', 'TimerSet deadline']);
    expect(one(events, 'PlanChanged').obligation).toMatchObject({
      version: '12.3',
      deadline: '2022-06-26T14:00:00.000Z',
    });
  });

  it('X7 Apple’s feed moving a date later moves no deadline; earlier, it does', () => {
    const mac = play();
    mac.look({ releases: june });
    expect(mac.look({ releases: [release('12.2', '2022-06-08', { build: '21D49' })] })).toEqual([]);
    expect(
      one(mac.look({ releases: [release('12.2', '2022-05-30', { build: '21D49' })] }), 'ObligationRescheduled'),
    ).toMatchObject({
      previousDeadline: '2022-06-15T14:00:00.000Z',
      deadline: '2022-06-13T14:00:00.000Z',
    });
  });
});

describe('time (S3, S48, S65, S66, X8)', () => {
  it('S48 S66 S65 S3 prompting, deadline and the countdown of a Mac without agent follow each other', () => {
    const mac = play();
    mac.look({ releases: june });
    expect(names(mac.fire('notify_from', '2022-06-10T14:00Z'))).toEqual(['NotifyFromReached']);
    expect(names(mac.fire('deadline', '2022-06-15T14:00Z'))).toEqual(['DeadlineReached', 'TimerSet countdown']);
    expect(mac.state().timers.countdown?.dueAt).toBe('2022-06-15T14:30:00.000Z');
    expect(names(mac.fire('countdown', '2022-06-15T14:30Z'))).toEqual(['CountdownEnded']);
    expect(mac.look({ releases: june, now: '2022-06-15T15:00Z' })).toEqual([]);
  });

  it('Q22 Q23 a deadline closer than five days is accepted: prompting begins at once, the deadline stays', () => {
    const mac = play();
    mac.look({ enforcement: policy('2022-06-03'), releases: june });
    expect(mac.state().timers.notify_from?.dueAt).toBe('2022-05-29T14:00:00.000Z');
    const events = mac.fire('notify_from', '2022-06-01T06:00Z', { setAt: at('2022-06-01T06:00Z') });
    expect(one(events, 'NotifyFromReached')).toMatchObject({ lateBecause: 'opened_late' });
    expect(mac.state().timers.deadline?.dueAt).toBe('2022-06-03T14:00:00.000Z');
  });

  it('Q30 nothing begins before the five-day mark', () => {
    const mac = play();
    mac.look({ releases: june });
    expect(mac.fire('notify_from', '2022-06-10T13:59:59Z')).toEqual([]);
    expect(mac.state().open[0]?.phase).toBe('waiting');
  });

  it('an agent counts down by itself', () => {
    const mac = play();
    mac.look({ releases: june, device: { agentInstalled: true } });
    expect(names(mac.fire('deadline', '2022-06-15T14:00Z'))).toEqual(['NotifyFromReached', 'DeadlineReached']);
  });

  it('a Mac that macOS itself forces gets no countdown of ours', () => {
    const mac = play();
    mac.look({ os: '14', device: { osVersion: '14.0' }, releases: [release('14.2', '2022-06-01')] });
    expect(names(mac.fire('deadline', '2022-06-15T14:00Z'))).toEqual(['NotifyFromReached', 'DeadlineReached']);
  });

  it('X8 prompting begins before the deadline is reached, also when the deadline’s timer comes first', () => {
    const mac = play();
    mac.look({ releases: june });
    const notify = mac.state().timers.notify_from?.timerId ?? '';
    expect(names(mac.fire('deadline', '2022-06-20T00:00Z'))).toEqual([
      'NotifyFromReached',
      'DeadlineReached',
      'TimerSet countdown',
    ]);
    given(...mac.history)
      .when(timerDue(notify, '2022-06-20T00:00Z'))
      .thenNothing();
  });

  it('X8 a timer fires once', () => {
    const mac = play();
    mac.look({ releases: june });
    const { timerId = '' } = mac.state().timers.notify_from ?? {};
    mac.fire('notify_from', '2022-06-10T14:00Z');
    given(...mac.history)
      .when(timerDue(timerId, '2022-06-10T14:00Z'))
      .thenNothing();
  });

  it('X8 a timer that is not due yet stays', () => {
    const mac = play();
    mac.look({ releases: june });
    expect(mac.fire('deadline', '2022-06-15T13:59Z')).toEqual([]);
  });

  it('X8 Q24 late firing says how late and why: opened after its moment', () => {
    const mac = play();
    mac.look({ releases: june, now: '2022-07-01T06:00Z' });
    const events = mac.fire('deadline', '2022-07-01T06:00:10Z', { setAt: at('2022-07-01T06:00Z') });
    expect(one(events, 'DeadlineReached')).toMatchObject({
      dueAt: '2022-06-15T14:00:00.000Z',
      lateBecause: 'opened_late',
      lateSeconds: 15 * 86_400 + 57_610,
    });
    expect(one(events, 'TimerSet').dueAt).toBe('2022-07-01T06:30:10.000Z');
  });

  it('X8 late firing says why: nobody was there to fire it', () => {
    const mac = play();
    mac.look({ releases: june });
    expect(
      one(mac.fire('notify_from', '2022-06-10T16:00Z', { upSince: at('2022-06-10T15:59Z') }), 'NotifyFromReached'),
    ).toMatchObject({ lateSeconds: 7200, lateBecause: 'server_down' });
  });

  it('a little late for no reason but work names none', () => {
    const mac = play();
    mac.look({ releases: june });
    expect(one(mac.fire('notify_from', '2022-06-10T14:00:05Z'), 'NotifyFromReached')).not.toHaveProperty('lateBecause');
  });
});

describe('evolve', () => {
  it('ignores a purpose of a later version', () => {
    const event = {
      type: 'TimerSet',
      deviceId: 'd',
      timerId: 't',
      purpose: 'soak',
      dueAt: 'z',
      obligationId: 'o',
    } as const;
    expect(obligations.evolve(nothingOwed, event)).toEqual(nothingOwed);
  });
});
