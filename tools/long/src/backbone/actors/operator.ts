import type { JetStreamStrategy } from '@managed-os/event-bus';
import type { RealTime } from '@managed-os/kernel';
import { log } from './life.js';

const EVERY_MS = 1_500;

/** An operator who sees to every dead letter. One in each replica: two often work on the same ones. */
export const redeliverAll = async (
  strategy: Pick<JetStreamStrategy, 'letters' | 'redeliver'>,
  real: RealTime,
  ending: AbortSignal,
): Promise<void> => {
  while (!ending.aborted) {
    await real.sleep(EVERY_MS, ending);
    try {
      const letters = await strategy.letters.list();
      for (const token of new Set(letters.map((letter) => letter.token))) {
        if (ending.aborted) return;
        const redelivered = await strategy.redeliver({ stream: 'MOS_DEADLINES', token }, 'user:operator');
        log.info({ token, ...redelivered }, 'redelivered');
      }
    } catch (error) {
      log.warn({ error }, 'dead letters cannot be seen to');
    }
  }
};
