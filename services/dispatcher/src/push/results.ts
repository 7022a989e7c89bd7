import { createHash } from 'node:crypto';
import type { DevicesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { type Instant, reactionId } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import { metrics } from '@opentelemetry/api';
import { sql } from 'kysely';
import { isOpen } from '../commands/sendable.js';
import { originOf, SERVICE } from '../facts/cause.js';
import type { Pulse } from '../pulse.js';
import type { Db, Enrollment } from '../tables.js';
import type { CertificateWatch } from './apns/certificate-watch.js';
import { wakeAfterFailure } from './pacing.js';
import type { PushOutcome } from './push.js';

const sent = metrics.getMeter('@managed-os/dispatcher').createCounter('mos.push.sent');

/** A Mac that was pushed to. */
export type Target = Pick<
  Enrollment,
  'device_id' | 'udid' | 'number' | 'topic' | 'push_token' | 'push_magic' | 'push_attempts'
> & {
  /** When it is woken again, unless its outcome says otherwise. */
  readonly pacedTo: Instant;
};

interface Pushed<O extends PushOutcome = PushOutcome> {
  readonly target: Target;
  readonly outcome: O;
}
type Failed = Extract<PushOutcome, { kind: 'later' | 'away' | 'certificate-refused' }>;

/** What becomes of pushes: dead tokens are told and rest, what did not get through is tried again soon. */
export class PushResults {
  constructor(
    private readonly db: Db,
    private readonly store: EventStore<DevicesEvent>,
    private readonly pulse: Pulse,
    private readonly log: Logger,
    private readonly certificate?: CertificateWatch,
  ) {}

  /** `now`: when they were sent. */
  async note(pushed: readonly Pushed[], now: Instant): Promise<void> {
    this.tell(pushed);
    for (const push of pushed) if (isRefused(push)) await this.refused(push, now);
    await this.failed(pushed.filter(isFailed), now);
    const refusal = pushed.map(({ outcome }) => outcome).find(({ kind }) => kind === 'certificate-refused');
    if (refusal) await this.certificate?.refused(reasonOf(refusal));
  }

  /** One line for each thing that went wrong, however many Macs it went wrong for. */
  private tell(pushed: readonly Pushed[]): void {
    const lines = new Map<string, { outcome: PushOutcome; count: number; deviceId: string }>();
    for (const { outcome, target } of pushed) {
      const reason = reasonOf(outcome);
      sent.add(1, { outcome: outcome.kind, reason });
      const key = `${outcome.kind} ${reason}`;
      const line = lines.get(key) ?? { outcome, count: 0, deviceId: target.device_id };
      lines.set(key, { ...line, count: line.count + 1 });
    }
    for (const line of lines.values()) {
      const { level, text } = SAID[line.outcome.kind];
      this.log[level](line, text);
    }
  }

  /** The event goes first: a crash in between leaves the Mac to be pushed to again, and the repeated append is a duplicate. */
  private async refused({ target, outcome }: Pushed<PushOutcome & { kind: 'refused' }>, now: Instant): Promise<void> {
    const { device_id, number, push_token } = target;
    const current = await this.db
      .selectFrom('enrollments')
      .select('device_id')
      .where('device_id', '=', device_id)
      .where('push_token', '=', push_token)
      .executeTakeFirst();
    if (!current || !push_token) return;
    const { reason, since } = outcome;
    await this.store.append({
      stream: `device-${device_id}`,
      expected: 'any',
      events: [{ type: 'PushTokenRefused', deviceId: device_id, reason, ...(since !== undefined && { since }) }],
      ...originOf({
        what: [device_id, 'push_refused', number, createHash('sha256').update(push_token).digest('hex')],
        actor: SERVICE,
        time: now,
        correlationId: reactionId(device_id, 'push', number),
      }),
    });
    await this.db
      .updateTable('enrollments')
      .set({ push_refused: true })
      .where('device_id', '=', device_id)
      .where('push_token', '=', push_token)
      .execute();
  }

  /** Does not count against the Macs: what they were claimed for is due again soon, unless it changed meanwhile. */
  private async failed(pushed: readonly Pushed<Failed>[], now: Instant): Promise<void> {
    if (pushed.length === 0) return;
    const ids = pushed.map(({ target }) => target.device_id);
    const paced = pushed.map(({ target }) => target.pacedTo);
    const again = pushed.map(({ outcome }) =>
      wakeAfterFailure(now, 'retryAfterMillis' in outcome ? outcome.retryAfterMillis : undefined),
    );
    await this.db.transaction().execute(async (tx) => {
      // As `serially`, and in one order, because these are several Macs.
      await tx
        .selectFrom('enrollments')
        .select('device_id')
        .where('device_id', 'in', ids)
        .orderBy('device_id')
        .forUpdate()
        .execute();
      await sql`update commands set wake_at = failed.again
        from unnest(${ids}::uuid[], ${paced}::text[], ${again}::text[]) as failed (device_id, paced, again)
        where commands.device_id = failed.device_id and ${isOpen} and commands.wake_at = failed.paced`.execute(tx);
      await tx
        .updateTable('enrollments')
        .set((row) => ({ push_attempts: sql<number>`greatest(0, ${row.ref('push_attempts')} - 1)` }))
        .where('device_id', 'in', ids)
        .execute();
    });
    for (const at of new Set(again)) this.pulse.nudge(at);
  }
}

const SAID: Record<PushOutcome['kind'], { readonly level: 'debug' | 'warn' | 'error'; readonly text: string }> = {
  accepted: { level: 'debug', text: 'pushed' },
  refused: { level: 'warn', text: 'push tokens are of no use any more; waiting for the next TokenUpdate' },
  later: { level: 'warn', text: 'pushes did not get through' },
  away: { level: 'warn', text: 'the push service takes no pushes' },
  unsendable: { level: 'error', text: 'pushes that cannot be sent: our certificate or request is wrong, not the Mac' },
  'certificate-refused': { level: 'error', text: 'the push service refuses our certificate: nobody is woken' },
};

const reasonOf = (outcome: PushOutcome): string => (outcome.kind === 'accepted' ? '' : outcome.reason);

const isRefused = (push: Pushed): push is Pushed<PushOutcome & { kind: 'refused' }> => push.outcome.kind === 'refused';

const isFailed = (push: Pushed): push is Pushed<Failed> => {
  const { kind } = push.outcome;
  return kind === 'later' || kind === 'away' || kind === 'certificate-refused';
};
