import { addMillis, type Instant } from '@managed-os/kernel';
import { sql } from 'kysely';
import { isOpen } from '../commands/sendable.js';
import { wakeAfterFailure, wakeAfterSending } from '../push/pacing.js';
import type { Db, QueuedCommand } from '../tables.js';

/** A Mac reports on what it is sent within a conversation; by the next one, this much later, the report was lost. */
const REPORTS_WITHIN = 10 * 60_000;

/** A command that NanoMDM does not have, or not any more, and the CommandUUID to hand it over by. */
export interface Pending {
  readonly queued: QueuedCommand;
  readonly uuid: string;
}

/** Which commands NanoMDM has. The instants of its doing are real ones, as its clock is. */
export class HandedOver {
  constructor(private readonly db: Db) {}

  /** What is due and NanoMDM does not have, in order. `now`: of the commands' clock. */
  async pending(deviceId: string, now: Instant): Promise<readonly Pending[]> {
    const rows = await this.db
      .selectFrom('commands')
      .leftJoin('handed_over', 'handed_over.command_id', 'commands.command_id')
      .selectAll('commands')
      .select('handed_over.command_uuid')
      .where('commands.device_id', '=', deviceId)
      .where(isOpen)
      // What was put off was sent, so that NanoMDM has it, though a crash may have kept us from noting it.
      .where((row) => row.or([row('handed_over.command_id', 'is not', null), row('commands.state', '<>', 'deferred')]))
      .where('handed_over.at', 'is', null)
      .where('not_before', '<=', now)
      .where((row) => row.or([row('not_after', 'is', null), row('not_after', '>', now)]))
      .orderBy('seq')
      .limit(20)
      .execute();
    return rows.map(({ command_uuid, ...queued }) => ({
      queued,
      uuid: command_uuid ?? queued.command_id,
    }));
  }

  /** Whether NanoMDM has a command that the Mac has not answered. */
  async isAnythingThere(deviceId: string): Promise<boolean> {
    const one = await this.db
      .selectFrom('handed_over')
      .innerJoin('commands', 'commands.command_id', 'handed_over.command_id')
      .select('handed_over.command_id')
      .where('handed_over.device_id', '=', deviceId)
      .where('at', 'is not', null)
      .where(isOpen)
      .limit(1)
      .executeTakeFirst();
    return one !== undefined;
  }

  /** NanoMDM has it. */
  async note({ queued, uuid }: Pending, realNow: Instant): Promise<void> {
    const { command_id, device_id } = queued;
    await this.db
      .insertInto('handed_over')
      .values({ command_id, device_id, command_uuid: uuid, at: realNow, offered_at: null })
      .onConflict((conflict) => conflict.column('command_id').doUpdateSet({ at: realNow }))
      .execute();
  }

  /** It could not be handed over: NanoMDM's trouble or ours, so that the Mac is woken for it again soon. */
  async failed({ queued }: Pending, now: Instant): Promise<void> {
    await this.db
      .updateTable('commands')
      .set({ wake_at: wakeAfterFailure(now) })
      .where('command_id', '=', queued.command_id)
      .where('wake_at', 'is not', null)
      .where(isOpen)
      .execute();
  }

  /** The id of the command that a Mac answers by this CommandUUID; `undefined` when it is none of ours. */
  async commandOf(uuid: string, deviceId: string): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('commands')
      .leftJoin('handed_over', 'handed_over.command_id', 'commands.command_id')
      .select('commands.command_id')
      .where('commands.device_id', '=', deviceId)
      .where((row) => row.or([row('commands.command_id', '=', uuid), row('handed_over.command_uuid', '=', uuid)]))
      .executeTakeFirst();
    return row?.command_id;
  }

  /**
   * A Mac began a conversation then, by NanoMDM's clock: NanoMDM sends it what it has. What it must have been sent in an
   * earlier one, and never reported on, is handed over again, by another CommandUUID, because NanoMDM takes none twice:
   * nobody repeats a webhook that was lost.
   */
  async conversationBegan(deviceId: string, at: Instant): Promise<void> {
    await this.db
      .updateTable('handed_over')
      .from('commands')
      .whereRef('commands.command_id', '=', 'handed_over.command_id')
      .where(isOpen)
      .where('handed_over.device_id', '=', deviceId)
      .where('offered_at', '<=', addMillis(at, -REPORTS_WITHIN))
      .set({ command_uuid: sql<string>`gen_random_uuid()`, at: null, offered_at: null })
      .execute();
    await this.db
      .updateTable('handed_over')
      .set({ offered_at: at })
      .where('device_id', '=', deviceId)
      .where('offered_at', 'is', null)
      .where('at', '<=', at)
      .execute();
  }

  /** NotNow: NanoMDM keeps it and sends it again. */
  async putOff(commandId: string): Promise<void> {
    await this.db.updateTable('handed_over').set({ offered_at: null }).where('command_id', '=', commandId).execute();
  }

  /**
   * After NotNow NanoMDM sends what else it has. A Mac that takes that does not come back by itself for what it put off
   * (trap 2): it is woken for it.
   */
  async wakeForPutOff(deviceId: string, now: Instant): Promise<void> {
    await this.db
      .updateTable('commands')
      .set({ wake_at: wakeAfterSending(now) })
      .where('device_id', '=', deviceId)
      .where(isOpen)
      .where(sql<boolean>`commands.state = 'deferred'`)
      .where('wake_at', '>', wakeAfterSending(now))
      .execute();
  }
}
