import { sql } from 'kysely';
import type { Fact } from '@managed-os/contracts';
import type { Db } from '../tables.js';
import type { OfferedBuild } from './minimum.js';

/** They are installed on top of a version, never as one. */
const SUPPLEMENTS: readonly string[] = ['supplemental', 'rsr', 'bsi'];

interface Build {
  readonly version: string;
  readonly build: string;
}

/** What Apple offers to which Mac, as far as it was announced. Everything told twice is known once. */
export class Releases {
  constructor(private readonly db: Db) {}

  async announced({ version, build, kind, allDevices, supportedDevices }: Fact<'ReleaseAnnounced'>): Promise<void> {
    // Without a list nobody knows whether a Mac can get it.
    if (SUPPLEMENTS.includes(kind) || allDevices) return;
    await this.db
      .insertInto('releases')
      .values({ version, build, devices: [...supportedDevices] })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async devicesChanged({ supportedDevices, ...build }: Fact<'ReleaseDevicesChanged'>): Promise<void> {
    await this.amend(build, { devices: [...supportedDevices] });
  }

  async left(build: Build, from: 'public' | 'all'): Promise<void> {
    await this.amend(build, from === 'public' ? { public: false } : { public: false, installable: false });
  }

  /** Every build that was ever announced for this Mac. */
  offeredTo(softwareUpdateDeviceId: string): Promise<readonly OfferedBuild[]> {
    return this.db
      .selectFrom('releases')
      .select(['version', 'build', 'public', 'installable'])
      .where(sql<boolean>`${softwareUpdateDeviceId} = any(devices)`)
      .execute();
  }

  private async amend(
    { version, build }: Build,
    fields: { readonly devices?: string[]; readonly public?: boolean; readonly installable?: boolean },
  ): Promise<void> {
    await this.db
      .updateTable('releases')
      .set(fields)
      .where('version', '=', version)
      .where('build', '=', build)
      .execute();
  }
}
