import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type DeadlinesEvent, type Fact, subjectOf } from '@managed-os/contracts';
import { type Delivered, done, reactionOf, type Settlement } from '@managed-os/event-bus';
import type { EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { CLOCK, EVENT_STORE } from '@managed-os/service-host';
import { Previews } from '../preview/previews.js';
import { assessmentOf } from './assessment.js';
import { withChange } from './with-change.js';

const CONSUMER = 'proposals';

/** Answers what a proposed change of Apple's feed would do to the Macs (X14); once each, whatever comes twice. */
@Controller()
export class ProposalsConsumer {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore<DeadlinesEvent>,
    @Inject(Previews) private readonly previews: Previews,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern([subjectOf('ReleaseProposed')])
  async assess(@Payload() message: Delivered): Promise<Settlement> {
    const { proposalId, change } = message.data as Fact<'ReleaseProposed'>;
    const { cause, once } = reactionOf(message, CONSUMER, this.clock);
    const { impacts, summary } = await this.previews.ofReleases((releases) =>
      change ? withChange(releases, change) : releases,
    );
    const events = [assessmentOf(proposalId, summary.fleet, impacts)];
    await this.store.append({ stream: `proposal-${proposalId}`, expected: 'any', events, cause, once });
    return done;
  }
}
