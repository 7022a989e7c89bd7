import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { compareBuilds, compareVersions } from '@managed-os/kernel';
import { DATABASE, Parse, Problem, Role } from '@managed-os/service-host';
import type { Kysely } from 'kysely';
import type { Release, ReleasesTables } from './announcing/releases.projection.js';
import type { Catalogue } from './catalogue/catalogue.js';
import { hardwareOf, newestFor } from './newest/newest.js';
import {
  ListQuery,
  NewestQuery,
  ReleaseAnswer,
  ReleaseListAnswer,
  VersionAnswer,
  VersionParams,
} from './releases.bodies.js';
import { CATALOGUE } from './tokens.js';

@ApiTags('releases')
@ApiBearerAuth()
@Controller('api/releases')
export class ReleasesController {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<ReleasesTables>,
    @Inject(CATALOGUE) private readonly catalogue: Catalogue,
  ) {}

  /** What has been announced, the newest version first. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: ReleaseListAnswer })
  async list(@Query(new Parse(ListQuery)) { os }: ListQuery): Promise<ReleaseListAnswer> {
    return { items: await this.announced(os) };
  }

  /** The newest announced release that a Mac can run; within a major when `os` names one. */
  @Get('newest')
  @Role('viewer')
  @ApiOkResponse({ type: ReleaseAnswer })
  async newest(@Query(new Parse(NewestQuery)) { os, ...mac }: NewestQuery): Promise<ReleaseAnswer> {
    if (mac.softwareUpdateDeviceId === undefined && mac.model === undefined) {
      const detail = 'say which Mac: softwareUpdateDeviceId or model';
      throw new Problem(400, 'invalid-request', detail, { errors: [{ pointer: '/softwareUpdateDeviceId', detail }] });
    }
    const hardware = hardwareOf(this.catalogue, mac);
    if (!hardware) {
      throw new Problem(404, 'mac-unknown', 'No Mac with this device id or model is known.', { ...mac });
    }
    const release = newestFor(await this.announced(os), hardware);
    if (!release) throw new Problem(404, 'no-release', 'Nothing that was announced is for this Mac.', { ...mac });
    return release;
  }

  /** Every announced build of one version. */
  @Get(':version')
  @Role('viewer')
  @ApiOkResponse({ type: VersionAnswer })
  async version(@Param(new Parse(VersionParams)) { version }: VersionParams): Promise<VersionAnswer> {
    const builds = (await this.announced()).filter((release) => compareVersions(release.version, version) === 0);
    const [first] = builds.toSorted((a, b) => a.released.localeCompare(b.released));
    if (!first) throw new Problem(404, 'no-such-release', `macOS ${version} is not announced.`);
    return { version: first.version, os: first.os, released: first.released, builds };
  }

  private async announced(os?: string): Promise<readonly Release[]> {
    const all = this.db.selectFrom('releases').select('release');
    const rows = await (os === undefined ? all : all.where('os', '=', os)).execute();
    return rows
      .map(({ release }) => release)
      .toSorted((a, b) => compareVersions(b.version, a.version) || compareBuilds(b.build, a.build));
  }
}
