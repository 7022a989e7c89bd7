import type { Bus, Logger } from '@managed-os/service-host';
import type { QueuedCommand } from '../tables.js';

const SUBJECT = 'mos.rpc.deadlines.open_obligation';
const PATIENCE = 2_000;

/** What `deadlines` says a Mac owes at this moment. */
export interface OpenObligation {
  readonly asOf: string;
  readonly obligationId: string | null;
  readonly status: string;
  readonly target: string | null;
}

export type Owed = 'owed' | 'not_owed' | 'unknown';

/** Whether an answer still asks for the install that was requested: the same obligation, open and due. */
export const stillOwed = (command: Pick<QueuedCommand, 'obligation_id'>, said: OpenObligation): boolean =>
  said.obligationId !== null && said.obligationId === command.obligation_id && said.status === 'due';

/**
 * Asks, at the moment of delivery, whether an install is still owed: a Mac may wake long after its policy was removed.
 * Nothing is remembered from one delivery to the next. No answer is not a no.
 */
export class InstallRecheck {
  constructor(
    private readonly bus: Bus,
    private readonly log: Logger,
  ) {}

  async ask(command: QueuedCommand): Promise<Owed> {
    try {
      const said = await this.bus.request<OpenObligation>(SUBJECT, { deviceId: command.device_id }, PATIENCE);
      return stillOwed(command, said) ? 'owed' : 'not_owed';
    } catch (error) {
      this.log.warn(
        { error, deviceId: command.device_id },
        'an install is not delivered: nobody says whether it is owed',
      );
      return 'unknown';
    }
  }
}
