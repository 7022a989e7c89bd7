import type { Bus, Logger } from '@managed-os/service-host';
import type { QueuedCommand } from '../tables.js';

const SUBJECT = 'mos.rpc.deadlines.open_obligation';
const PATIENCE = 2_000;

/** What `deadlines` says a Mac owes at this moment; it says more, which does not matter here. */
export interface OpenObligation {
  /** Null: nothing. */
  readonly obligationId: string | null;
  readonly status: string;
}

/** `undefined` for an answer of another shape, of a version of tomorrow: then nobody said anything. */
export const openObligationIn = (answer: unknown): OpenObligation | undefined => {
  if (typeof answer !== 'object' || answer === null) return undefined;
  if (!('obligationId' in answer && 'status' in answer)) return undefined;
  const { obligationId, status } = answer;
  if (typeof status !== 'string' || !(obligationId === null || typeof obligationId === 'string')) return undefined;
  return { obligationId, status };
};

export type Owed = 'owed' | 'not_owed' | 'unknown';

/** Whether an answer still asks for the install that was requested: the same obligation, open and due. */
export const stillOwed = (command: Pick<QueuedCommand, 'obligation_id'>, said: OpenObligation): boolean =>
  said.obligationId !== null && said.obligationId === command.obligation_id && said.status === 'due';

/**
 * Asks, at the moment of delivery, whether an install is still owed: a Mac may wake long after its policy was removed.
 * Nothing is remembered from one delivery to the next. No answer is not a no, nor is one that cannot be read.
 */
export class InstallRecheck {
  constructor(
    private readonly bus: Bus,
    private readonly log: Logger,
  ) {}

  async ask(command: QueuedCommand): Promise<Owed> {
    const said = await this.said(command.device_id);
    if (!said) return 'unknown';
    return stillOwed(command, said) ? 'owed' : 'not_owed';
  }

  private async said(deviceId: string): Promise<OpenObligation | undefined> {
    const waits = 'an install is not delivered: nobody says whether it is owed';
    try {
      const answer = await this.bus.request(SUBJECT, { deviceId }, PATIENCE);
      const said = openObligationIn(answer);
      if (!said) this.log.error({ deviceId, answer }, `${waits}, the answer is of another shape`);
      return said;
    } catch (error) {
      this.log.warn({ error, deviceId }, waits);
      return undefined;
    }
  }
}
