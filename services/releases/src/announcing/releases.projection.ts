import type { ReleasesEvent } from '@managed-os/contracts';
import { defineProjection } from '@managed-os/event-store';
import { type JSONColumnType, type Kysely, sql } from 'kysely';
import type { ReleaseAnnounced } from '../catalogue/catalogue.js';

/** An announced build as it is shown: the announcement, with what became known since. */
export type Release = Omit<ReleaseAnnounced, 'type'> & {
  /** From when on Apple offers it to nobody by itself. */
  readonly leftPublic?: string;
  /** From when on nobody can install it through a device management service. */
  readonly leftAll?: string;
};

export interface ReleasesTables {
  readonly releases: {
    readonly version: string;
    readonly build: string;
    readonly os: string;
    readonly release: JSONColumnType<Release>;
  };
}

interface Build {
  readonly version: string;
  readonly build: string;
}

const amend = (tx: Kysely<ReleasesTables>, { version, build }: Build, fields: Partial<Release>) =>
  tx
    .updateTable('releases')
    .set({ release: sql`(release::jsonb || ${JSON.stringify(fields)}::jsonb)::json` })
    .where('version', '=', version)
    .where('build', '=', build);

/** What has been announced; nothing else is ever shown. */
export const releases = defineProjection<ReleasesEvent, ReleasesTables>()({
  name: 'releases',
  version: 3,
  tables: ['releases'],
  handlers: {
    ReleaseAnnounced: (event, tx) =>
      tx
        .insertInto('releases')
        .values({
          version: event.version,
          build: event.build,
          os: event.os,
          release: JSON.stringify({ ...event, type: undefined }),
        })
        .onConflict((conflict) =>
          conflict.columns(['version', 'build']).doUpdateSet({
            // Told again: the earliest date counts (S61), and nothing else is news.
            release: sql`(releases.release::jsonb || jsonb_build_object('released',
              least(releases.release ->> 'released', excluded.release ->> 'released')))::json`,
          }),
        ),
    ReleaseDevicesChanged: ({ supportedDevices, ...build }, tx) =>
      amend(tx, build, { supportedDevices, allDevices: false }),
    ReleaseLeftPublic: ({ left, ...build }, tx) => amend(tx, build, { leftPublic: left }),
    ReleaseLeftAll: ({ left, ...build }, tx) => amend(tx, build, { leftAll: left }),
    ReleaseReturned: ({ to, version, build }, tx) =>
      tx
        .updateTable('releases')
        .set({
          release: sql`(release::jsonb - ${to === 'public' ? ['leftPublic', 'leftAll'] : ['leftAll']}::text[])::json`,
        })
        .where('version', '=', version)
        .where('build', '=', build),
    FeedChanged: 'ignored',
    FeedRefused: 'ignored',
    ReleaseProposed: 'ignored',
    ProposalAccepted: 'ignored',
    ProposalQuarantined: 'ignored',
    ProposalRejected: 'ignored',
    ProposalWithdrawn: 'ignored',
    ExploitedVulnerabilitiesListed: 'ignored',
  },
});
