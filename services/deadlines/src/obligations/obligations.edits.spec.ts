import { describe, expect, it } from '@jest/globals';
import { automatically, release } from '@managed-os/enforcement/testing';
import { june, names, one, OPENED, play, policy } from '../testing/play.js';

describe('what blocks a Mac does not stop its deadline', () => {
  const without = { bootstrapTokenEscrowed: false };

  it('the countdown waits until the Mac can be installed, and starts then in full', () => {
    const mac = play();
    mac.look({ releases: june, device: without });
    expect(names(mac.fire('deadline', '2022-06-15T14:00Z'))).toEqual(['NotifyFromReached', 'DeadlineReached']);
    const events = mac.look({ releases: june, now: '2022-06-20T09:00Z', factsRevision: 2 });
    expect(names(events)).toEqual(['PlanChanged', 'TimerSet countdown']);
    expect(one(events, 'TimerSet').dueAt).toBe('2022-06-20T09:30:00.000Z');
  });

  it('a Mac of which too little is known keeps what it owes, and its timers', () => {
    const mac = play();
    mac.look({ releases: june });
    const events = mac.look({ releases: june, device: { osVersion: null }, factsRevision: 2 });
    expect(events).toEqual([
      expect.objectContaining({
        type: 'PlanChanged',
        status: 'unknown',
        reason: 'inventory_missing',
        openObligations: 0,
      }),
    ]);
    expect(mac.state().open).toHaveLength(1);
  });

  it('an agent that appears in the middle takes the countdown over', () => {
    const mac = play();
    mac.look({ releases: june });
    mac.fire('deadline', '2022-06-15T14:00Z');
    expect(
      names(mac.look({ releases: june, now: '2022-06-15T14:10Z', device: { agentInstalled: true }, factsRevision: 2 })),
    ).toEqual(['PlanChanged', 'TimerCancelled countdown']);
  });
});

describe('withdrawal and edits (Q38, Q39)', () => {
  const counting = () => {
    const mac = play();
    mac.look({ enforcement: policy('2022-06-15'), releases: june });
    mac.fire('deadline', '2022-06-15T14:00Z');
    return mac;
  };

  it('Q38 a Mac that leaves the Blueprint in the middle of the countdown is left alone at once', () => {
    const events = counting().look({ enforcement: null, now: '2022-06-15T14:10Z' });
    expect(names(events)).toEqual(['ObligationClosed', 'PlanChanged', 'TimerCancelled countdown']);
    expect(one(events, 'ObligationClosed')).toMatchObject({ outcome: 'withdrawn' });
    expect(one(events, 'PlanChanged')).toMatchObject({ status: 'not_managed', openObligations: 0 });
  });

  it('Q38 a Mac that becomes compliant in the middle of the countdown is left alone at once', () =>
    expect(
      names(
        counting().look({
          enforcement: policy('2022-06-15'),
          releases: june,
          device: { osVersion: '12.2' },
          now: '2022-06-15T14:10Z',
        }),
      ),
    ).toEqual(['ObligationClosed', 'PlanChanged', 'TimerCancelled countdown']));

  it('S58 Do Not Manage withdraws', () =>
    expect(names(counting().look({ enforcement: { mode: 'do_not_manage' }, revision: 2 }))).toEqual([
      'ObligationClosed',
      'PlanChanged',
      'TimerCancelled countdown',
    ]));

  it('Q39 an earlier deadline never shortens a countdown that runs', () => {
    const mac = counting();
    const events = mac.look({
      enforcement: policy('2022-06-10'),
      revision: 2,
      releases: june,
      now: '2022-06-15T14:10Z',
    });
    expect(names(events)).toEqual(['ObligationRescheduled', 'PlanChanged']);
    expect(mac.state().timers.countdown?.dueAt).toBe('2022-06-15T14:30:00.000Z');
  });

  it('Q39 a later deadline cancels it; both are recorded, and it comes again', () => {
    const mac = counting();
    const events = mac.look({
      enforcement: policy('2022-06-17'),
      revision: 2,
      releases: june,
      now: '2022-06-15T14:10Z',
    });
    expect(names(events)).toEqual([
      'ObligationRescheduled',
      'PlanChanged',
      'TimerSet deadline',
      'TimerCancelled countdown',
    ]);
    expect(one(events, 'ObligationRescheduled')).toMatchObject({
      previousDeadline: '2022-06-15T14:00:00.000Z',
      deadline: '2022-06-17T14:00:00.000Z',
    });
    expect(names(mac.fire('deadline', '2022-06-17T14:00Z'))).toEqual(['DeadlineReached', 'TimerSet countdown']);
  });

  it('Q39 a deadline moved far away ends prompting too, and both moments come again', () =>
    expect(
      names(
        counting().look({ enforcement: policy('2022-08-01'), revision: 2, releases: june, now: '2022-06-15T14:10Z' }),
      ),
    ).toEqual([
      'ObligationRescheduled',
      'PlanChanged',
      'TimerSet notify_from',
      'TimerSet deadline',
      'TimerCancelled countdown',
    ]));

  it('Q39 an earlier deadline applies while prompting', () => {
    const mac = play();
    mac.look({ enforcement: policy('2022-06-15'), releases: june });
    mac.fire('notify_from', '2022-06-10T14:00Z');
    const events = mac.look({
      enforcement: policy('2022-06-12'),
      revision: 2,
      releases: june,
      now: '2022-06-11T00:00Z',
    });
    expect(names(events)).toEqual(['ObligationRescheduled', 'PlanChanged', 'TimerSet deadline']);
  });

  it('Q39 a deadline moved away and back fires again', () => {
    const mac = counting();
    mac.look({ enforcement: policy('2022-06-17'), revision: 2, releases: june, now: '2022-06-15T14:10Z' });
    mac.look({ enforcement: policy('2022-06-15'), revision: 3, releases: june, now: '2022-06-15T14:20Z' });
    expect(names(mac.fire('deadline', '2022-06-15T14:20Z'))).toEqual(['DeadlineReached', 'TimerSet countdown']);
    expect(mac.state().timers.countdown?.dueAt).toBe('2022-06-15T14:50:00.000Z');
  });

  it('an item that comes back after its withdrawal opens another obligation, with moments of its own', () => {
    const mac = counting();
    const [first] = mac.state().open;
    mac.look({ enforcement: null, now: '2022-06-15T14:10Z' });
    const events = mac.look({ enforcement: policy('2022-06-15'), releases: june, now: '2022-06-15T14:20Z' });
    expect(names(events)).toEqual(OPENED);
    expect(one(events, 'ObligationOpened').obligationId).not.toBe(first?.obligationId);
  });

  it('S70 another version is another obligation', () => {
    const events = counting().look({
      enforcement: policy('2022-06-15', '12.2.1'),
      revision: 2,
      releases: [...june, release('12.2.1', '2022-06-10')],
      now: '2022-06-15T14:10Z',
    });
    expect(names(events)).toEqual([
      'ObligationClosed',
      'ObligationOpened',
      'PlanChanged',
      'TimerSet notify_from',
      'TimerSet deadline',
      'TimerCancelled countdown',
    ]);
  });

  it('Q26 another item withdraws the obligations of the one before', () => {
    const mac = play();
    mac.look({ enforcement: automatically(), releases: june });
    const events = mac.look({
      enforcement: automatically(),
      releases: june,
      itemId: '01992f6a-7c1e-7a53-9d0e-000000000002',
    });
    expect(names(events)).toEqual(['ObligationClosed', ...OPENED]);
  });
});
