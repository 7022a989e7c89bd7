import type { Fact } from '@managed-os/contracts';

/** The n-th Mac of a test. */
export const mac = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A public event about a Mac; `n` tells it from others. */
export const reached = (device: string, n: number): Fact<'DeadlineReached'> => ({
  type: 'DeadlineReached',
  deviceId: device,
  obligationId: mac(7_000_000),
  timerId: mac(8_000_000),
  dueAt: '2022-09-16T12:00:00.000Z',
  lateSeconds: n,
});

/** An event that never leaves its store. */
export const cancelled = (device: string): Fact<'TimerCancelled'> => ({
  type: 'TimerCancelled',
  deviceId: device,
  timerId: mac(8_000_000),
  purpose: 'deadline',
});
