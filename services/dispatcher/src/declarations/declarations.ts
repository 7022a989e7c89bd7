import { type ClientCapabilities, declarationsToken, syncTimestamp, type UpdateSettings } from '@managed-os/apple-mdm';
import { type Instant, type LocalDateTime, reactionId } from '@managed-os/kernel';
import type { Updateable } from 'kysely';
import { type CommandQueue, own } from '../commands/queue.js';
import type { Outcome } from '../commands/answers.js';
import type { Releases } from '../releases/releases.js';
import type { Db, Declared, DeclaredTable, QueuedCommand, Tx } from '../tables.js';
import { endOf, sha256, speaksDeclarations, theSet } from './the-set.js';

/** Names a requested enforcement. */
export interface EnforcementRef {
  readonly deviceId: string;
  readonly obligationId: string;
  readonly attempt: number;
  readonly try: number;
}

export interface RequestedEnforcement extends EnforcementRef {
  readonly requestId: string;
  readonly correlationId: string;
  readonly version: string;
  readonly build: string | undefined;
  readonly targetLocalDateTime: LocalDateTime;
  readonly earliest: Instant;
}

/**
 * The rows of what Macs hold by declarations. All that changes one is done behind the lock of its Mac; when the set
 * becomes another, the command that tells the Mac is queued with a push in the same transaction (trap 3 of Apple's protocol).
 */
export class Declarations {
  /** Tells sets that were computed with other settings. */
  readonly settingsDigest: string | null;

  constructor(
    private readonly db: Db,
    private readonly queue: CommandQueue,
    private readonly releases: Releases,
    private readonly settings: UpdateSettings | undefined,
  ) {
    this.settingsDigest = settings ? sha256(JSON.stringify(settings)) : null;
  }

  find(deviceId: string, tx: Tx = this.db): Promise<Declared | undefined> {
    return tx.selectFrom('declared').selectAll().where('device_id', '=', deviceId).executeTakeFirst();
  }

  /** The row of a Mac, made when there was none. */
  async row(deviceId: string, tx: Tx = this.db): Promise<Declared> {
    const row = await this.find(deviceId, tx);
    if (row) return row;
    await tx
      .insertInto('declared')
      .values({ device_id: deviceId })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return tx.selectFrom('declared').selectAll().where('device_id', '=', deviceId).executeTakeFirstOrThrow();
  }

  /** From now on this is the one enforcement of the Mac (trap 20). One that was asked for before, or is repeated, is passed over. */
  async want(request: RequestedEnforcement, tx: Tx): Promise<void> {
    const row = await this.row(request.deviceId, tx);
    if (!isNewer(request, row)) return;
    const { requestId, correlationId, version, build, targetLocalDateTime, earliest } = request;
    await this.mustChange(
      row,
      {
        ...named(request, requestId, correlationId),
        ...{ version, build: build ?? null, target_local_date_time: targetLocalDateTime, earliest, over: null },
        ...{ offered_token: null, not_offered: null, fetched_token: null, said_of_enforcement: null },
      },
      tx,
    );
  }

  /** The Mac shall enforce nothing any more (trap 19). What names an earlier request than the last is passed over. */
  async withdraw(of: EnforcementRef & { requestId: string; correlationId: string }, tx: Tx): Promise<void> {
    const row = await this.row(of.deviceId, tx);
    const newer = isNewer(of, row);
    if (!newer && !isTheSame(of, row)) return;
    if (!newer && row.over !== null && row.over !== 'past_due') return;
    const { requestId, correlationId } = of;
    await this.mustChange(row, { over: 'withdrawn', ...(newer && named(of, requestId, correlationId)) }, tx);
  }

  /** A Mac that begins anew, or leaves, holds nothing of what it held (section 1.4 d of Apple's protocol). */
  async forget(deviceId: string, end: 're_enrolled' | 'unenrolled', now: Instant, tx: Tx): Promise<void> {
    const row = await this.find(deviceId, tx);
    if (!row) return;
    const nothing = { declarations: '[]', token: null, sent: null, acknowledged: null };
    const unsaid = { capabilities: null, status: '{}', said_of_enforcement: null, said_of_update: null };
    await this.mustChange(
      row,
      { ...nothing, ...unsaid, over: endOf(row, end), offered_token: null, fetched_token: null },
      tx,
    );
    await this.refresh(deviceId, now, tx);
  }

  /**
   * Computes the set anew from what is known of the Mac, and queues the command that tells it when it has not taken this
   * set yet. True when a push is due. Done again it changes nothing.
   */
  async refresh(deviceId: string, now: Instant, tx: Tx): Promise<boolean> {
    const mac = await tx.selectFrom('enrollments').selectAll().where('device_id', '=', deviceId).executeTakeFirst();
    const speaks = speaksDeclarations(mac);
    const row = speaks ? await this.row(deviceId, tx) : await this.find(deviceId, tx);
    if (!row) return false;
    const gone = await this.isGone(row, tx);
    const { declarations, over, offered, notOffered } = theSet(mac, row, { now, gone, settings: this.settings });
    const token = speaks ? declarationsToken(declarations, sha256) : null;
    const changed = token !== row.token;
    const tells = offered !== row.offered_token || notOffered !== row.not_offered;
    const next = {
      over,
      settings: this.settingsDigest,
      ...(changed && { declarations: JSON.stringify(declarations), token }),
      ...(changed && token !== null && { changed_at: syncTimestamp(now, row.changed_at ?? undefined) }),
      ...(tells && { offered_token: offered, not_offered: notOffered, offer: row.offer + 1 }),
      ...(tells && { fetched_token: offered === null ? null : row.fetched_token, said_of_enforcement: null }),
    };
    if (changed || tells || over !== row.over || next.settings !== row.settings) await this.mustChange(row, next, tx);
    return speaks && this.sync({ ...row, ...next }, changed, now, tx);
  }

  /** The Mac is being told of the set that became so at that time. */
  async sent(deviceId: string, changedAt: Instant): Promise<void> {
    await this.db.updateTable('declared').set({ sent: changedAt }).where('device_id', '=', deviceId).execute();
  }

  /**
   * The Mac answered the command: when the set has become another meanwhile it is told again. It may have read the one
   * before or the new one, and either is right; a refusal is tried again with the next word about the Mac. True when a
   * push is due.
   */
  async settled({ device_id }: QueuedCommand, outcome: Outcome, now: Instant, tx: Tx): Promise<boolean> {
    const row = await this.find(device_id, tx);
    if (!row || row.token === null) return false;
    const isCurrent = row.sent === row.changed_at;
    if (outcome !== 'acknowledged') return !isCurrent && this.sync(row, false, now, tx);
    await this.mustChange(row, { acknowledged: row.sent }, tx);
    return this.sync({ ...row, acknowledged: row.sent }, false, now, tx);
  }

  /** What a Mac can be sent, and all that it reports. False when the row is another by now: then it is to be read anew. */
  async note(
    row: Declared,
    said: Pick<Updateable<DeclaredTable>, 'status' | 'said_of_enforcement' | 'said_of_update' | 'reports'> & {
      readonly capabilities: ClientCapabilities | undefined;
      readonly osVersion: string | null;
    },
    tx: Tx,
  ): Promise<boolean> {
    const { capabilities, osVersion, ...rest } = said;
    const able = capabilities && { capabilities: JSON.stringify(capabilities), capabilities_of: osVersion };
    return this.change(row, { ...rest, ...able }, tx);
  }

  private async isGone({ version, build, over }: Declared, tx: Tx): Promise<boolean> {
    return version !== null && over === null && this.releases.isGone({ version, build }, tx);
  }

  /** Behind the lock of an enrollment nobody else changes the row. A Mac that never enrolled has no such lock: then the work is begun anew. */
  private async mustChange(row: Declared, changes: Updateable<DeclaredTable>, tx: Tx): Promise<void> {
    if (!(await this.change(row, changes, tx)))
      throw new Error(`the declarations of ${row.device_id} changed meanwhile`);
  }

  /** False when the row is another by now. */
  private async change(
    { device_id, revision }: Declared,
    changes: Updateable<DeclaredTable>,
    tx: Tx,
  ): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('declared')
      .set({ ...changes, revision: revision + 1 })
      .where('device_id', '=', device_id)
      .where('revision', '=', revision)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  private async sync(row: Declared, changed: boolean, now: Instant, tx: Tx): Promise<boolean> {
    if (row.changed_at === row.acknowledged) return false;
    const { device_id } = row;
    const syncs = row.syncs + 1;
    const told = own(reactionId(device_id, 'declarations', syncs), device_id);
    if (await this.queue.put({ ...told, kind: 'declarations', not_before: now, wake_at: now }, tx)) {
      await tx.updateTable('declared').set({ syncs }).where('device_id', '=', device_id).execute();
      return true;
    }
    // It is told with the command that is queued already, as the set is then.
    return changed && this.queue.hastenDeclarations(device_id, now, tx);
  }
}

const isNewer = ({ attempt, try: again }: EnforcementRef, row: Declared): boolean =>
  row.attempt === null || attempt > row.attempt || (attempt === row.attempt && again > (row.try ?? 0));

const isTheSame = (of: EnforcementRef, row: Declared): boolean =>
  of.obligationId === row.obligation_id && of.attempt === row.attempt && of.try === row.try;

const named = (of: EnforcementRef, requestId: string, correlationId: string) => ({
  request_id: requestId,
  obligation_id: of.obligationId,
  attempt: of.attempt,
  try: of.try,
  correlation_id: correlationId,
});
