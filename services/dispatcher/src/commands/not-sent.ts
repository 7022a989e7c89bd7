import type { DevicesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { ofEveryMac } from '../every-mac.js';
import { originOf, SERVICE } from '../facts/cause.js';
import type { Db } from '../tables.js';
import { isRequested, refOf, type RequestedCommand } from './answers.js';

/**
 * Tells whoever requested a command that it will not be sent. The row is the decision and this its outbox: a crash in
 * between leaves the row unreported, and the event's id makes the repeat a duplicate.
 */
export class NotSentReports {
  constructor(
    private readonly db: Db,
    private readonly store: EventStore<DevicesEvent>,
    private readonly clock: Clock,
  ) {}

  /** Of every Mac. What cannot be told of one does not keep it from the others; then this throws at the end. */
  report(): Promise<void> {
    return ofEveryMac(
      (after, most) =>
        this.unreported()
          .select('device_id')
          .distinct()
          .where('device_id', '>', after)
          .orderBy('device_id')
          .limit(most)
          .execute(),
      (deviceId) => this.reportOf(deviceId),
    );
  }

  async reportOf(deviceId: string): Promise<void> {
    const rows = await this.unreported().selectAll().where('device_id', '=', deviceId).orderBy('seq').execute();
    for (const command of rows) if (isRequested(command)) await this.tell(command);
  }

  private unreported() {
    return this.db.selectFrom('commands').where('reported', '=', false);
  }

  private async tell(command: RequestedCommand): Promise<void> {
    const { command_id, device_id, not_sent_reason } = command;
    if (not_sent_reason === null) return;
    await this.store.append({
      stream: `device-${device_id}`,
      expected: 'any',
      events: [{ type: 'CommandNotSent', ...refOf(command), reason: not_sent_reason }],
      ...originOf({
        what: [command_id, 'not_sent'],
        actor: SERVICE,
        time: this.clock.now(),
        correlationId: command.correlation_id,
        causationId: command.causation_id,
      }),
    });
    await this.db.updateTable('commands').set({ reported: true }).where('command_id', '=', command_id).execute();
  }
}
