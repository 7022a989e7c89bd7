import type { Fact } from '@managed-os/contracts';
import { instant } from '@managed-os/kernel';

/** The n-th Mac. */
export const mac = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

/** About 400 bytes of JSON. */
export const opened = (device: string): Fact<'ObligationOpened'> => ({
  type: 'ObligationOpened',
  deviceId: device,
  obligationId: mac(7_000_000),
  itemId: mac(7_000_001),
  version: '15.7.9',
  openedBy: '15.7.9',
  deadline: '2025-09-16T12:00:00.000Z',
  notifyFrom: '2025-09-11T12:00:00.000Z',
  deadlineLocal: '2025-09-16T14:00:00',
  zone: 'Europe/Berlin',
  itemRevision: 3,
});

export const TIME = instant(1_758_000_000_000);
