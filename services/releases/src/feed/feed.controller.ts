import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { ReleasesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { EVENT_STORE, Role } from '@managed-os/service-host';
import { FEED } from '../tokens.js';
import { FeedAnswer } from './feed.bodies.js';
import type { FeedState } from './feed.decider.js';
import { type Feed, feedStateOf, type FeedStatus } from './feed-reader.js';

@ApiTags('releases')
@ApiBearerAuth()
@Controller('api/releases/feed')
export class FeedController {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore<ReleasesEvent>,
    @Inject(FEED) private readonly feed: Feed,
  ) {}

  /** What was last read of Apple’s feed, and what became of it. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: FeedAnswer })
  async get(): Promise<FeedAnswer> {
    const state = await feedStateOf(this.store);
    const { refused, taken, pmv } = state;
    const status = this.feed.reader?.status;
    return {
      source: this.feed.source,
      state: stateOf(status, state),
      capture: status?.lastCapture ?? refused?.capture ?? taken?.capture ?? null,
      seen: status?.lastSeen ?? (state.seen || null),
      changedAt: taken?.seen ?? null,
      publicBuilds: pmv.newest?.public.length ?? 0,
      installableBuilds: pmv.newest?.assets.length ?? 0,
      refusal: refused
        ? {
            reason: refused.reason,
            pointer: refused.detail ?? null,
            capture: refused.capture,
            sha256: refused.sha256,
            seen: refused.seen,
          }
        : null,
      failure: status?.failure ?? null,
    };
  }
}

const stateOf = (status: FeedStatus | undefined, { refused }: FeedState): string => {
  if (!status) return 'off';
  if (status.failure) return 'unreachable';
  if (refused) return 'refused';
  return status.lastSeen === undefined ? 'not_read' : 'good';
};
