import { addMillis, type Instant, type RealTime } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import type { Db } from '../tables.js';

const DAY = 86_400_000;
/** Long enough to have every user fetch the profile anew. */
const AHEAD = 60 * DAY;

/** Says once a day how many Macs bring certificates that end soon: afterwards they cannot be managed, nor told so (section 1.7). */
export class ExpiringCertificates {
  constructor(
    private readonly db: Db,
    private readonly real: RealTime,
    private readonly log: Logger,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.runOnce(this.real.now());
      await this.real.sleep(DAY, signal);
    }
  }

  /** Certificates live in real time, whatever the clock of the policies says. Answers how many end soon. */
  async runOnce(now: Instant): Promise<number> {
    const ending = await this.db
      .selectFrom('enrollments')
      .select(['device_id', 'certificate_until'])
      .where('state', '=', 'enrolled')
      .where('certificate_until', '<', addMillis(now, AHEAD))
      .orderBy('certificate_until')
      .execute();
    const [first] = ending;
    if (first) {
      const facts = { macs: ending.length, firstDeviceId: first.device_id, firstEnds: first.certificate_until };
      this.log.warn(facts, 'certificates of Macs end within 60 days: these Macs have to fetch their profile anew');
    }
    return ending.length;
  }
}
