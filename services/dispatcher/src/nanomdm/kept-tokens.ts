import type { Instant } from '@managed-os/kernel';
import type { Checkin } from '../enrollment/checkin.js';
import type { Enrollments } from '../enrollment/enrollments.js';
import type { Db } from '../tables.js';

/**
 * Whether NanoMDM keeps a bootstrap token of each Mac: it answers for it, and we never hold one. What a Mac set counts from
 * its last Authenticate on, in whatever order we hear of the two, and of the TokenUpdate between them.
 */
export class KeptTokens {
  constructor(
    private readonly db: Db,
    private readonly enrollments: Enrollments,
    private readonly checkin: Checkin,
  ) {}

  /** The Mac set its token then, or deleted it. */
  async set(deviceId: string, kept: boolean, at: Instant): Promise<void> {
    await this.db
      .insertInto('foreign_macs')
      .values({ device_id: deviceId, token_at: at, token_kept: kept })
      .onConflict((conflict) =>
        conflict
          .column('device_id')
          .doUpdateSet({ token_at: at, token_kept: kept })
          .where((row) => row.or([row('foreign_macs.token_at', 'is', null), row('foreign_macs.token_at', '<=', at)])),
      )
      .execute();
  }

  /** NanoMDM forgot then what it kept. */
  async forget(deviceId: string, at: Instant): Promise<void> {
    await this.db
      .insertInto('foreign_macs')
      .values({ device_id: deviceId, authenticated_at: at })
      .onConflict((conflict) =>
        conflict
          .column('device_id')
          .doUpdateSet({ authenticated_at: at })
          .where((row) =>
            row.or([row('foreign_macs.authenticated_at', 'is', null), row('foreign_macs.authenticated_at', '<=', at)]),
          ),
      )
      .execute();
  }

  /** Tells it of a Mac that is enrolled, if it is news. To be called after all that may change it. */
  async tell(deviceId: string, correlationId: string): Promise<void> {
    const mac = await this.enrollments.find(deviceId);
    const said = await this.db
      .selectFrom('foreign_macs')
      .select(['token_at', 'token_kept', 'authenticated_at'])
      .where('device_id', '=', deviceId)
      .executeTakeFirst();
    if (!mac || !said?.token_at) return;
    const counts = said.authenticated_at === null || said.token_at >= said.authenticated_at;
    await this.checkin.escrowed(mac, counts && said.token_kept === true, correlationId);
  }
}
