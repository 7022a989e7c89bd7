import type { DevicesEvent } from '@managed-os/contracts';
import { ConflictPersists, type EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { ofEveryMac } from '../every-mac.js';
import { eventIdOf, originOf, SERVICE } from '../facts/cause.js';
import { device } from '../facts/device.decider.js';
import type { Db, Declared } from '../tables.js';
import type { Declarations } from './declarations.js';

const ATTEMPTS = 5;

/** A declaration as `updates` knows it. */
export const refOf = ({ obligation_id, attempt, try: again }: Declared) => ({
  obligationId: obligation_id ?? '',
  attempt: attempt ?? 0,
  try: again ?? 0,
});

/** The id of the event that told of the row's offer; what the Mac says of it comes of that. */
export const offerEventOf = ({ device_id, offer }: Declared): string => eventIdOf([device_id, 'offer', offer]);

/**
 * Tells whoever requested an enforcement whether it is among the declarations of its Mac. The row is the decision and
 * this its outbox: a crash in between leaves it to be told, and the event's id makes the repeat a duplicate. Only the last
 * decision is told, and on the history in which it still was the last, so that an older one never comes behind it.
 */
export class OfferReports {
  constructor(
    private readonly db: Db,
    private readonly declarations: Declarations,
    private readonly store: EventStore<DevicesEvent>,
    private readonly clock: Clock,
  ) {}

  /** Of every Mac. What cannot be told of one does not keep it from the others; then this throws at the end. */
  report(): Promise<void> {
    return ofEveryMac(
      (after, most) =>
        this.db
          .selectFrom('declared')
          .select('device_id')
          .whereRef('offer', '<>', 'offer_told')
          .where('device_id', '>', after)
          .orderBy('device_id')
          .limit(most)
          .execute(),
      (deviceId) => this.reportOf(deviceId),
    );
  }

  async reportOf(deviceId: string): Promise<void> {
    if (!isUntold(await this.declarations.find(deviceId))) return;
    const stream = `device-${deviceId}`;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { revision } = await this.store.load(stream, device);
      const row = await this.declarations.find(deviceId);
      if (!isUntold(row)) return;
      const outcome = await this.store.append({
        stream,
        expected: revision === 0n ? 'no-stream' : revision,
        events: eventOf(row),
        ...originOf({
          what: [deviceId, 'offer', row.offer],
          actor: SERVICE,
          time: this.clock.now(),
          correlationId: row.correlation_id ?? '',
          causationId: row.request_id,
        }),
      });
      if (outcome.kind === 'conflict') continue;
      await this.db
        .updateTable('declared')
        .set({ offer_told: row.offer })
        .where('device_id', '=', deviceId)
        .where('offer_told', '<', row.offer)
        .execute();
      return;
    }
    throw new ConflictPersists(stream, ATTEMPTS);
  }
}

const isUntold = (row: Declared | undefined): row is Declared => row !== undefined && row.offer !== row.offer_told;

/** None for a request that replaced the one that there was something to tell of. */
const eventOf = (row: Declared): readonly DevicesEvent[] => {
  const about = { deviceId: row.device_id, declaration: refOf(row) };
  if (row.offered_token !== null) return [{ type: 'DeclarationOffered', ...about, serverToken: row.offered_token }];
  if (row.not_offered !== null) return [{ type: 'DeclarationNotOffered', ...about, reason: row.not_offered }];
  return [];
};
