import { encodeEvent, type Fact } from '@managed-os/contracts';
import { instant } from '@managed-os/kernel';

/** The n-th Mac. */
export const mac = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

/** The stream of a Mac. */
export const streamOf = (device: string): string => `obligations-${device}`;

/** An event of about 400 bytes. */
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
  cves: [],
});

/** The same as peers write it: its type, its data and its metadata, as text. */
export const openedAsText = (device: string) => ({
  ...encodeEvent(opened(device)),
  metadata: JSON.stringify({
    correlationId: mac(9_000_000),
    causationId: mac(9_000_001),
    actor: 'service:bench',
  }),
});

export const TIME = instant(1_758_000_000_000);

const MACS_PER_WRITER = 32;

/** A writer's Macs, in turn; no two writers have one in common, in this process or another. */
export const macsOf = (writer: number): (() => string) => {
  const first = process.pid * 100_000 + writer * MACS_PER_WRITER;
  let turn = 0;
  return () => mac(first + (turn++ % MACS_PER_WRITER));
};
