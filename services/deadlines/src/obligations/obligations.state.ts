import type { DeadlinesEvent, Fact } from '@managed-os/contracts';
import { compareVersions } from '@managed-os/kernel';

/** How far an obligation's time has gone. Survives another target and another standing, not the obligation itself. */
export type ObligationPhase = 'waiting' | 'prompting' | 'overdue' | 'countdown_over';

type Opened = Fact<'ObligationOpened'>;

export interface OpenObligation extends Omit<
  Opened,
  'type' | 'deviceId' | 'released' | 'window' | 'windowBecause' | 'cves'
> {
  readonly phase: ObligationPhase;
}

/** `notify_from`, `deadline`, `countdown`: a Mac has at most one timer of each. */
export const PURPOSES = ['notify_from', 'deadline', 'countdown'] as const;
export type Purpose = (typeof PURPOSES)[number];

export type Timer = Pick<Fact<'TimerSet'>, 'timerId' | 'dueAt' | 'obligationId'>;

/** What one Mac owes. */
export interface Obligations {
  /** Open ones, by deadline and then version; the first makes the Mac's deadline. */
  readonly open: readonly OpenObligation[];
  readonly timers: Readonly<Partial<Record<Purpose, Timer>>>;
  /** The plan as it was last told; absent before the first one. */
  readonly plan?: Fact<'PlanChanged'>;
  /** How often each obligation was opened: one that comes again is another obligation. */
  readonly openings: Readonly<Record<string, number>>;
  /** So that a timer set again for the same instant is another timer. */
  readonly timersSet: number;
}

export const nothingOwed: Obligations = { open: [], timers: {}, openings: {}, timersSet: 0 };

export const openingKey = ({ itemId, openedBy, version }: Pick<Opened, 'itemId' | 'openedBy' | 'version'>): string =>
  `${itemId} ${openedBy} ${version}`;

export const inOrder = (open: readonly OpenObligation[]): readonly OpenObligation[] =>
  open.toSorted((a, b) => compareText(a.deadline, b.deadline) || compareVersions(a.version, b.version));

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const isPurpose = (word: string): word is Purpose => (PURPOSES as readonly string[]).includes(word);

/** Setting a timer says that its moment is still ahead, also when it was passed before (an admin moved it later). */
const PHASE_BEFORE: Readonly<Record<Purpose, ObligationPhase>> = {
  notify_from: 'waiting',
  deadline: 'prompting',
  countdown: 'overdue',
};

const RANK: Readonly<Record<ObligationPhase, number>> = { waiting: 0, prompting: 1, overdue: 2, countdown_over: 3 };

const changed = (
  state: Obligations,
  obligationId: string,
  change: (obligation: OpenObligation) => OpenObligation,
): Obligations => ({
  ...state,
  open: inOrder(state.open.map((o) => (o.obligationId === obligationId ? change(o) : o))),
});

const fired = (state: Obligations, purpose: Purpose, obligationId: string, phase: ObligationPhase): Obligations => ({
  ...changed(state, obligationId, (o) => ({ ...o, phase })),
  timers: without(state.timers, purpose),
});

const without = (timers: Obligations['timers'], purpose: Purpose): Obligations['timers'] =>
  Object.fromEntries(Object.entries(timers).filter(([name]) => name !== purpose));

export const evolve = (state: Obligations, event: DeadlinesEvent): Obligations => {
  switch (event.type) {
    case 'ObligationOpened': {
      const { obligationId, itemId, version, openedBy, deadline, notifyFrom, deadlineLocal, zone, itemRevision } =
        event;
      const times = { deadline, notifyFrom, deadlineLocal, zone };
      const obligation = { obligationId, itemId, version, openedBy, ...times, itemRevision };
      const key = openingKey(event);
      return {
        ...state,
        open: inOrder([...state.open, { ...obligation, phase: 'waiting' }]),
        openings: { ...state.openings, [key]: (state.openings[key] ?? 0) + 1 },
      };
    }
    case 'ObligationClosed':
      return { ...state, open: state.open.filter(({ obligationId }) => obligationId !== event.obligationId) };
    case 'ObligationRescheduled': {
      const { deadline, notifyFrom, deadlineLocal, zone, itemRevision } = event;
      return changed(state, event.obligationId, (o) => ({
        ...o,
        deadline,
        notifyFrom,
        deadlineLocal,
        zone,
        itemRevision,
      }));
    }
    case 'PlanChanged':
      return { ...state, plan: event };
    case 'TimerSet': {
      const { purpose, timerId, dueAt, obligationId } = event;
      if (!isPurpose(purpose)) return state;
      const before = PHASE_BEFORE[purpose];
      const rewound = changed(state, obligationId, (o) => (RANK[o.phase] > RANK[before] ? { ...o, phase: before } : o));
      return {
        ...rewound,
        timers: { ...state.timers, [purpose]: { timerId, dueAt, obligationId } },
        timersSet: state.timersSet + 1,
      };
    }
    case 'TimerCancelled':
      return isPurpose(event.purpose) ? { ...state, timers: without(state.timers, event.purpose) } : state;
    case 'NotifyFromReached':
      return fired(state, 'notify_from', event.obligationId, 'prompting');
    case 'DeadlineReached':
      return fired(state, 'deadline', event.obligationId, 'overdue');
    case 'CountdownEnded':
      return fired(state, 'countdown', event.obligationId, 'countdown_over');
    case 'ProposalAssessed':
      return state;
  }
};
