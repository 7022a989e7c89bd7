import type { DevicesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { originOf, SERVICE } from '../facts/cause.js';
import type { Db } from '../tables.js';
import { isRequested, refOf } from './answers.js';

const BATCH = 100;

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

  async report(): Promise<void> {
    for (;;) {
      const rows = await this.db
        .selectFrom('commands')
        .selectAll()
        .where('reported', '=', false)
        .orderBy('device_id')
        .limit(BATCH)
        .execute();
      await Promise.all(
        rows.filter(isRequested).map(async (command) => {
          await this.store.append({
            stream: `device-${command.device_id}`,
            expected: 'any',
            events: [{ type: 'CommandNotSent', ...refOf(command), reason: command.not_sent_reason ?? 'withdrawn' }],
            ...originOf({
              what: [command.command_id, 'not_sent'],
              actor: SERVICE,
              time: this.clock.now(),
              correlationId: command.correlation_id,
              causationId: command.causation_id,
            }),
          });
          await this.db
            .updateTable('commands')
            .set({ reported: true })
            .where('command_id', '=', command.command_id)
            .execute();
        }),
      );
      if (rows.length < BATCH) return;
    }
  }
}
