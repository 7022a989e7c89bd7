import { readFile } from 'node:fs/promises';
import { Inject, Module } from '@nestjs/common';
import type { ReleasesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import {
  CLOCK,
  CONFIG,
  DATABASE,
  EVENT_STORE,
  HEALTH,
  type Health,
  LOGGER,
  type Logger,
  LOOPS,
  type Loops,
} from '@managed-os/service-host';
import type { Kysely } from 'kysely';
import { Announcer } from './announcing/announcer.js';
import { announcements, type Catalogue, loadCatalogue } from './catalogue/catalogue.js';
import type { ReleasesConfig } from './config.js';
import { Exploited } from './exploited/exploited.js';
import { exploitedSourceOf } from './exploited/exploited-source.js';
import { feedFiles } from './feed/feed-files.js';
import { feedPmv } from './feed/feed-pmv.js';
import { FeedController } from './feed/feed.controller.js';
import { type Feed, FeedReader, feedStateOf } from './feed/feed-reader.js';
import type { FeedSource } from './feed/feed-source.js';
import { Guard } from './guard/guard.js';
import { type GuardSettings, guardSettingsOf } from './guard/settings.js';
import { AssessmentsConsumer } from './proposals/assessments.consumer.js';
import { proposalsIn } from './proposals/proposals.js';
import type { ProposalsTables } from './proposals/proposals.projection.js';
import { QuarantineController } from './proposals/quarantine.controller.js';
import { ReleasesController } from './releases.controller.js';
import { CATALOGUE, FEED, GUARD, GUARD_SETTINGS, HANDLE_PROPOSAL } from './tokens.js';

const FILES = 'files:';

const sourceOf = async (config: ReleasesConfig, clock: Clock): Promise<FeedSource | undefined> => {
  const { RELEASE_FEED, RELEASE_FEED_URL: url, RELEASE_FEED_CA: ca } = config;
  if (RELEASE_FEED.startsWith(FILES)) return feedFiles(RELEASE_FEED.slice(FILES.length), clock);
  return ca !== undefined && RELEASE_FEED === 'pmv'
    ? feedPmv({ url, ca: await readFile(ca, 'utf8') }, clock)
    : undefined;
};

const feedOf = async (
  config: ReleasesConfig,
  store: EventStore<ReleasesEvent>,
  catalogue: Catalogue,
  guard: Guard,
  clock: Clock,
  log: Logger,
): Promise<Feed> => {
  const source = await sourceOf(config, clock);
  if (!source) return { source: 'off' };
  const reader = new FeedReader(source, store, announcements(catalogue), guard, clock, log);
  return { source: source.name, reader };
};

@Module({
  controllers: [FeedController, QuarantineController, ReleasesController, AssessmentsConsumer],
  providers: [
    { provide: CATALOGUE, useFactory: loadCatalogue },
    { provide: GUARD_SETTINGS, useFactory: guardSettingsOf, inject: [CONFIG] },
    { provide: HANDLE_PROPOSAL, useFactory: proposalsIn, inject: [EVENT_STORE] },
    {
      provide: GUARD,
      useFactory: (store: EventStore<ReleasesEvent>, clock: Clock, settings: GuardSettings, log: Logger) =>
        new Guard(store, clock, settings, log),
      inject: [EVENT_STORE, CLOCK, GUARD_SETTINGS, LOGGER],
    },
    { provide: FEED, useFactory: feedOf, inject: [CONFIG, EVENT_STORE, CATALOGUE, GUARD, CLOCK, LOGGER] },
    Announcer,
  ],
})
export class ReleasesModule {
  constructor(
    @Inject(CONFIG) config: ReleasesConfig,
    @Inject(LOOPS) loops: Loops,
    @Inject(HEALTH) health: Health,
    @Inject(EVENT_STORE) store: EventStore<ReleasesEvent>,
    @Inject(DATABASE) db: Kysely<ProposalsTables>,
    @Inject(CLOCK) clock: Clock,
    @Inject(LOGGER) log: Logger,
    @Inject(GUARD) guard: Guard,
    @Inject(FEED) { reader }: Feed,
  ) {
    loops.run('guard', (signal) => guard.run(signal));
    health.add('release-quarantine', async () => {
      const waiting = await db
        .selectFrom('proposals')
        .select('proposal_id')
        .where('state', '=', 'quarantined')
        .execute();
      return waiting.length === 0;
    });
    if (reader) {
      loops.run('feed', (signal) => reader.run(signal));
      health.add('release-feed', async () => !reader.status.failure && !(await feedStateOf(store)).refused);
    }
    const source = exploitedSourceOf(config.CVE_FEED, clock);
    if (!source) return;
    const exploited = new Exploited(source, store, clock, log);
    loops.run('exploited', (signal) => exploited.run(signal));
    health.add('cve-feed', () => Promise.resolve(!exploited.failing));
  }
}
