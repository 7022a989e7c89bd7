import type { Evaluation } from '@managed-os/enforcement';
import type { Instant } from '@managed-os/kernel';

/** What is known and asked of a Mac was looked at again. */
export interface Reevaluated {
  readonly type: 'Reevaluated';
  readonly deviceId: string;
  readonly now: Instant;
  readonly factsRevision: number;
  readonly osVersion?: string;
  readonly agentInstalled: boolean;
  readonly blueprintId?: string;
  /** The item that applies; absent when none does. `revision`: of its configuration. */
  readonly item?: { readonly itemId: string; readonly revision: number };
  readonly evaluation: Evaluation;
  /** How long the server counts down for a Mac without agent. */
  readonly countdownMillis: number;
}

/** A timer's instant has come. Never told before it. */
export interface TimerDue {
  readonly type: 'TimerDue';
  readonly deviceId: string;
  readonly timerId: string;
  readonly now: Instant;
  /** When the timer was set: one that was due by then is late because of that. */
  readonly setAt: Instant;
  /** Since when somebody was there to fire timers. */
  readonly upSince: Instant;
  readonly countdownMillis: number;
}

export type ObligationsInput = Reevaluated | TimerDue;
