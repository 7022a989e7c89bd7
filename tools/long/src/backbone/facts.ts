import type { DeadlinesEvent, Fact } from '@managed-os/contracts';

/** Events of the first store that the consuming service hears. */
export const HEARD = ['DeadlineReached', 'CountdownEnded', 'NotifyFromReached'] as const;
/** Heard ones, a public one that nobody listens to, and one that never leaves its store. */
export const TOLD = [...HEARD, 'ObligationClosed', 'TimerCancelled'] as const;
export type Told = (typeof TOLD)[number];

/** What the consuming service makes of each message. */
export type Effect = Fact<'VersionObserved'>;

const SOMETHING = '00000000-0000-4000-8000-000000000000';
const DUE = '2022-09-16T12:00:00.000Z';

/** The n-th Mac. */
export const macOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** An event about a Mac; `number` makes it different from every other. */
export const factOf = (type: Told, deviceId: string, number: number): DeadlinesEvent => {
  switch (type) {
    case 'ObligationClosed':
      return { type, deviceId, obligationId: SOMETHING, outcome: 'withdrawn', observedVersion: String(number) };
    case 'TimerCancelled':
      return { type, deviceId, timerId: SOMETHING, purpose: String(number) };
    case 'DeadlineReached':
    case 'CountdownEnded':
    case 'NotifyFromReached':
      return { type, deviceId, obligationId: SOMETHING, timerId: SOMETHING, dueAt: DUE, lateSeconds: number };
  }
};
