import type { RealTime, Instant } from '@managed-os/kernel';
import { type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import { serially } from '../enrollment/serially.js';
import { ofEveryMac } from '../every-mac.js';
import type { Pulse } from '../pulse.js';
import type { Db, DispatcherTables } from '../tables.js';
import type { Declarations } from './declarations.js';
import type { OfferReports } from './offer-reports.js';

const FALLBACK = 5_000;
/** A replica that still has other settings may have computed a set after this one did. */
const COMPARE_SETTINGS = 10 * 60_000;

/**
 * The sets to be computed anew because of something that concerns many Macs: it marks them in one statement, and any
 * number of replicas work the marks off, Mac by Mac.
 */
export class StaleSets {
  constructor(
    private readonly db: Db,
    private readonly declarations: Declarations,
    private readonly offers: OfferReports,
    private readonly pusher: Pulse,
    private readonly now: () => Instant,
    private readonly real: RealTime,
    private readonly pulse: Pulse,
  ) {}

  /** Of the Macs that are to be at this version. */
  async ofVersion(version: string): Promise<void> {
    await this.mark((set) => set.and([set('version', '=', version), set('over', 'is', null)]));
    this.pulse.nudge();
  }

  async run(signal: AbortSignal): Promise<void> {
    let compareAt = this.real.elapsed();
    while (!signal.aborted) {
      if (this.real.elapsed() >= compareAt) {
        await this.mark((set) => set('settings', 'is distinct from', this.declarations.settingsDigest));
        compareAt = this.real.elapsed() + COMPARE_SETTINGS;
      }
      await this.workOff();
      await this.pulse.wait(undefined, FALLBACK, signal);
    }
  }

  private workOff(): Promise<void> {
    return ofEveryMac(
      (after, most) =>
        this.db
          .selectFrom('declared')
          .select('device_id')
          .where('stale', '=', true)
          .where('device_id', '>', after)
          .orderBy('device_id')
          .limit(most)
          .execute(),
      (deviceId) => this.computeAnew(deviceId),
    );
  }

  /** The mark goes before anything is looked at, so that one which is made meanwhile stays. */
  private async computeAnew(deviceId: string): Promise<void> {
    const wakes = await serially(this.db, deviceId, async (tx) => {
      await tx.updateTable('declared').set({ stale: false }).where('device_id', '=', deviceId).execute();
      return this.declarations.refresh(deviceId, this.now(), tx);
    });
    await this.offers.reportOf(deviceId);
    if (wakes) this.pusher.nudge();
  }

  /** In the order of the Macs, so that two that mark never wait for each other. */
  private async mark(
    where: (set: ExpressionBuilder<DispatcherTables, 'declared'>) => Expression<SqlBool>,
  ): Promise<void> {
    await this.db
      .updateTable('declared')
      .set({ stale: true })
      .where('device_id', 'in', (sets) =>
        sets
          .selectFrom('declared')
          .select('device_id')
          .where(where)
          .where('stale', '=', false)
          .orderBy('device_id')
          .forUpdate(),
      )
      .execute();
  }
}
