import { sql } from 'kysely';
import type { Fact } from '@managed-os/contracts';
import type { Db, Tx } from '../tables.js';
import type { OfferedBuild } from '../enrollment/minimum.js';

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

  async returned(build: Build, to: 'public' | 'all'): Promise<void> {
    await this.amend(build, to === 'public' ? { public: true, installable: true } : { installable: true });
  }

  /** Every build that was ever announced for this Mac. */
  offeredTo(softwareUpdateDeviceId: string): Promise<readonly OfferedBuild[]> {
    return this.db
      .selectFrom('releases')
      .select(['version', 'build', 'public', 'installable'])
      .where(sql<boolean>`${softwareUpdateDeviceId} = any(devices)`)
      .execute();
  }

  /**
   * Whether Apple has the version nowhere any more, so that no Mac can be made to install it (trap 17): the build, where it
   * was announced, else all builds of the version. A version that nobody told of may be there. Until the end of the
   * transaction it stays as it is: whoever changes it afterwards finds what came of this.
   */
  async isGone(
    { version, build }: { readonly version: string; readonly build: string | null },
    tx: Tx,
  ): Promise<boolean> {
    const builds = await tx
      .selectFrom('releases')
      .select(['build', 'installable'])
      .where('version', '=', version)
      .forShare()
      .execute();
    const named = builds.filter((one) => one.build === build);
    const meant = named.length > 0 ? named : builds;
    return meant.length > 0 && meant.every(({ installable }) => !installable);
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
