import type { Instant } from '@managed-os/kernel';
import { sql } from 'kysely';
import type { Db, QueuedCommand } from '../tables.js';

/** A Mac that would take a command now. */
export interface Listening {
  readonly deviceId: string;
  readonly now: Instant;
  /** Of its conversation. */
  readonly beginning: boolean;
}

/** Written out, so that PostgreSQL sees that the partial indexes fit. */
export const isOpen = sql<boolean>`commands.state in ('queued', 'sent', 'deferred')`;

/** What each of them may be sent, in the order to try it. */
export const sendableTo = async (
  db: Db,
  macs: readonly Listening[],
): Promise<readonly (readonly QueuedCommand[])[]> => {
  const { rows } = await sql<QueuedCommand & { readonly number: string }>`
    select found.*, asked.number
    from unnest(${macs.map(({ deviceId }) => deviceId)}::uuid[], ${macs.map(({ now }) => now)}::text[],
      ${macs.map(({ beginning }) => beginning)}::boolean[]) with ordinality as asked (device_id, now, beginning, number)
    cross join lateral (
      select * from commands
      where commands.device_id = asked.device_id and ${isOpen} and (asked.beginning or commands.state <> 'sent')
        and not_before <= asked.now and (not_after is null or not_after > asked.now)
      order by deferrals > 0, seq limit 20) as found
    order by asked.number, found.deferrals > 0, found.seq`.execute(db);
  const found: QueuedCommand[][] = macs.map(() => []);
  for (const { number, ...command } of rows) found[Number(number) - 1]?.push(command);
  return found;
};
