import type { MachineInfo, RequiredUpdate } from '@managed-os/apple-mdm';
import { deviceIdOf } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import { sql } from 'kysely';
import type { Db } from '../tables.js';
import { isBelowMinimum, type Minimum, updateFor } from './minimum.js';
import type { Releases } from '../releases/releases.js';

/** So often a Mac is sent to one version; whatever keeps it from it, it enrolls then and is updated afterwards. */
const MOST = 3;

/** Sends Macs to the minimum version before they enroll, as long as that can lead anywhere. */
export class MinimumVersion {
  constructor(
    private readonly db: Db,
    private readonly releases: Releases,
    private readonly log: Logger,
  ) {}

  /** What this Mac has to install first; `undefined`: it may enroll as it is. Counts how often a Mac was told. */
  async requiredOf(mac: MachineInfo, minimum: Minimum | undefined): Promise<RequiredUpdate | undefined> {
    const { osVersion, softwareUpdateDeviceId } = mac;
    if (!minimum || !isBelowMinimum(mac, minimum)) return undefined;
    if (osVersion === undefined || softwareUpdateDeviceId === undefined) return undefined;
    const deviceId = deviceIdOf(mac.udid);
    const update = updateFor(osVersion, minimum, await this.releases.offeredTo(softwareUpdateDeviceId));
    if (update && (await this.timesSent(deviceId, update.osVersion)) <= MOST) return update;
    const why = update ? 'it was sent there and came back' : 'Apple is not known to offer that to it';
    this.log.warn({ deviceId, osVersion, minimum: minimum.version }, `a Mac enrolls below the minimum: ${why}`);
    return undefined;
  }

  private async timesSent(deviceId: string, version: string): Promise<number> {
    const { times } = await this.db
      .insertInto('sent_to_update')
      .values({ device_id: deviceId, version, times: 1 })
      .onConflict((conflict) =>
        conflict.column('device_id').doUpdateSet({
          version,
          times: sql<number>`case when sent_to_update.version = excluded.version then sent_to_update.times + 1 else 1 end`,
        }),
      )
      .returning('times')
      .executeTakeFirstOrThrow();
    return times;
  }
}
