import type { ReleasesEvent } from '@managed-os/contracts';
import { defineProjection } from '@managed-os/event-store';
import type { JSONColumnType } from 'kysely';
import type { ReleaseAnnounced } from '../catalogue/catalogue.js';

/** An announced build as it is shown: the announcement itself. */
export type Release = Omit<ReleaseAnnounced, 'type'>;

export interface ReleasesTables {
  readonly releases: {
    readonly version: string;
    readonly build: string;
    readonly os: string;
    readonly release: JSONColumnType<Release>;
  };
}

/** What has been announced; nothing else is ever shown. */
export const releases = defineProjection<ReleasesEvent, ReleasesTables>()({
  name: 'releases',
  version: 1,
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
        .onConflict((conflict) => conflict.columns(['version', 'build']).doNothing()),
    ReleaseDevicesChanged: 'ignored',
    ReleaseLeftPublic: 'ignored',
    ReleaseLeftAll: 'ignored',
    FeedRefused: 'ignored',
    ReleaseProposed: 'ignored',
    ProposalAccepted: 'ignored',
    ProposalQuarantined: 'ignored',
    ProposalRejected: 'ignored',
    ExploitedVulnerabilitiesListed: 'ignored',
  },
});
