import { GroupRead } from '@managed-os/event-store';
import { addMillis, type Instant, reactionId } from '@managed-os/kernel';
import { type Insertable, sql } from 'kysely';
import { serially } from '../enrollment/serially.js';
import { wakeAfterNotNow, wakeAfterSending } from '../push/pacing.js';
import type { CommandsTable, CommandState, Db, NotSentReason, QueuedCommand, Tx } from '../tables.js';
import { isOpen, type Listening, sendableTo } from './sendable.js';

export type NewCommand = Pick<
  Insertable<CommandsTable>,
  'command_id' | 'device_id' | 'kind' | 'not_before' | 'wake_at' | 'correlation_id' | 'causation_id'
> &
  Partial<Insertable<CommandsTable>>;

const DAY = 86_400_000;

/** The commands of each Mac in their order. A command stays open until the Mac answered it for good or it must not be sent. */
export class CommandQueue {
  private readonly sendables: GroupRead<Listening, readonly QueuedCommand[]>;

  constructor(private readonly db: Db) {
    this.sendables = new GroupRead({ read: (macs) => sendableTo(db, macs), inFlight: 2, largest: 256 });
  }

  /** Queues a command; false when it, or the same request, is or was there. */
  async put(command: NewCommand, tx: Tx = this.db): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('commands')
      .values({ state: 'queued', ...EMPTY, ...command })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** Queues what a Mac is asked once a day, after its answer to `previous`; answers when. */
  async putDaily(
    previous: Pick<QueuedCommand, 'command_id' | 'device_id' | 'kind'>,
    now: Instant,
    tx: Tx,
  ): Promise<Instant> {
    const at = addMillis(now, DAY);
    const next = own(reactionId(previous.command_id, 'next'), previous.device_id);
    await this.put({ ...next, kind: previous.kind, not_before: at, wake_at: at }, tx);
    return at;
  }

  find(commandId: string, deviceId: string): Promise<QueuedCommand | undefined> {
    return this.db
      .selectFrom('commands')
      .selectAll()
      .where('command_id', '=', commandId)
      .where('device_id', '=', deviceId)
      .executeTakeFirst();
  }

  /** The command that this Mac was handed last and has not answered. */
  lastSent(deviceId: string): Promise<QueuedCommand | undefined> {
    return this.db
      .selectFrom('commands')
      .selectAll()
      .where('device_id', '=', deviceId)
      .where('state', '=', 'sent')
      .orderBy('sent_at', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  /**
   * What may be sent now, in the order to try it. At the beginning of a conversation also what was sent before; later in it
   * what is new, and what the Mac deferred in one before: a conversation ends with NotNow. What the Mac keeps deferring goes
   * last, so that it holds up nothing else.
   */
  sendable(deviceId: string, now: Instant, beginning: boolean): Promise<readonly QueuedCommand[]> {
    return this.sendables.get({ deviceId, now, beginning });
  }

  /** Takes a command for sending. False when it was withdrawn or answered meanwhile. */
  async claim({ command_id, state, wake_at }: QueuedCommand, now: Instant): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('commands')
      .set({ state: 'sent', sent_at: now, wake_at: wake_at === null ? null : wakeAfterSending(now) })
      .where('command_id', '=', command_id)
      .where('state', '=', state)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async deferred({ command_id, wake_at }: QueuedCommand, now: Instant): Promise<void> {
    await this.db
      .updateTable('commands')
      .set((row) => ({
        state: 'deferred' satisfies CommandState,
        deferrals: row('deferrals', '+', 1),
        wake_at: wake_at === null ? null : wakeAfterNotNow(now),
      }))
      .where('command_id', '=', command_id)
      .where(isOpen)
      .execute();
  }

  /**
   * Ends a command with its answer. False when it had one: then all that comes of it is done, or in hand. False also for
   * one of our own that was ended otherwise: what was to come of it begins anew with the enrollment, or never.
   */
  async answered({ command_id }: QueuedCommand, now: Instant, tx: Tx): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('commands')
      .set({ state: 'answered', ended_at: now, wake_at: null, not_sent_reason: null, reported: true })
      .where('command_id', '=', command_id)
      .where((row) => row.or([isOpen, row.and([row('request_id', 'is not', null), row('state', '<>', 'answered')])]))
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** The pause before the next push for a command begins anew; for a delivery that could not be decided. */
  async postponePush({ command_id }: QueuedCommand, now: Instant): Promise<void> {
    await this.db
      .updateTable('commands')
      .set({ wake_at: wakeAfterSending(now) })
      .where('command_id', '=', command_id)
      .where(isOpen)
      .execute();
  }

  /** This one will not be sent. */
  async drop({ command_id }: QueuedCommand, reason: NotSentReason, now: Instant, tx: Tx = this.db): Promise<void> {
    await this.ending(tx, reason, now).where('command_id', '=', command_id).execute();
  }

  /** A Mac that begins anew, or leaves, knows nothing of what it was sent before. */
  async clear(deviceId: string, reason: 're_enrolled' | 'unenrolled', now: Instant, tx: Tx): Promise<void> {
    await this.ending(tx, reason, now).where('device_id', '=', deviceId).execute();
  }

  /** What somebody works on at this moment is left for the next time, so that nobody is waited for. */
  async expire(now: Instant): Promise<bigint> {
    const { numUpdatedRows } = await this.ending(this.db, 'expired', now)
      .where('command_id', 'in', (query) =>
        query
          .selectFrom('commands')
          .select('commands.command_id')
          .where(isOpen)
          .where('commands.not_after', '<=', now)
          .forUpdate()
          .skipLocked(),
      )
      .executeTakeFirst();
    return numUpdatedRows;
  }

  /**
   * Requests that whoever made them takes back. One that the Mac has already, or another server has for it, may still be
   * answered, but is not sent again.
   */
  async withdraw(
    of: {
      readonly deviceId: string;
      readonly obligationId: string;
      readonly attempt: number;
      readonly kind?: string | undefined;
    },
    now: Instant,
  ): Promise<void> {
    const { kind } = of;
    await serially(this.db, of.deviceId, (tx) =>
      this.ending(
        tx,
        'withdrawn',
        now,
        sql<boolean>`state = 'sent' or command_id in (select command_id from handed_over)`,
      )
        .where('device_id', '=', of.deviceId)
        .where('obligation_id', '=', of.obligationId)
        .where('attempt', '=', of.attempt)
        .$if(kind !== undefined, (query) => query.where(sql<boolean>`commands.kind = ${kind}`))
        .execute(),
    );
  }

  async dropPolls(
    { watchId, deviceId }: { readonly watchId: string; readonly deviceId: string },
    now: Instant,
    tx: Tx,
  ): Promise<void> {
    // Open commands are found by their Mac.
    await this.ending(tx, 'withdrawn', now).where('device_id', '=', deviceId).where('watch_id', '=', watchId).execute();
  }

  /** Wakes for everything that is open: the Mac can be reached again. */
  async wakeForAll(deviceId: string, now: Instant, tx: Tx): Promise<void> {
    await tx
      .updateTable('commands')
      .set({ wake_at: sql<Instant>`greatest(not_before, ${now})` })
      .where('device_id', '=', deviceId)
      .where('wake_at', 'is not', null)
      .where(isOpen)
      .execute();
  }

  /** Pushes again for the command that tells of declarations, while the Mac has still to take it. False when there is none. */
  async hastenDeclarations(deviceId: string, now: Instant, tx: Tx): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('commands')
      .set({ wake_at: now })
      .where('device_id', '=', deviceId)
      .where('kind', '=', 'declarations')
      .where('state', '<>', 'sent')
      .where(isOpen)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  private ending(tx: Tx, reason: NotSentReason, now: Instant, reported = sql<boolean>`request_id is null`) {
    return tx
      .updateTable('commands')
      .set({ state: 'not_sent', not_sent_reason: reason, ended_at: now, wake_at: null, reported })
      .where(isOpen);
  }
}

/** The beginning of one of our own commands, of which nobody is told. */
export const own = (commandId: string, deviceId: string) => ({
  command_id: commandId,
  device_id: deviceId,
  correlation_id: reactionId(commandId, 'correlation'),
  causation_id: null,
});

const EMPTY = {
  request_id: null,
  obligation_id: null,
  attempt: null,
  try: null,
  product_key: null,
  product_version: null,
  install_action: null,
  watch_id: null,
  not_after: null,
  sent_at: null,
  ended_at: null,
  not_sent_reason: null,
} as const;
