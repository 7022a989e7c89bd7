import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type Fact, subjectOf } from '@managed-os/contracts';
import { type Delivered, done, reactionOf, type Settlement } from '@managed-os/event-bus';
import type { Clock } from '@managed-os/kernel';
import { CLOCK, LOGGER, type Logger } from '@managed-os/service-host';
import { alert } from '../guard/alerts.js';
import type { GuardSettings } from '../guard/settings.js';
import { GUARD_SETTINGS, HANDLE_PROPOSAL } from '../tokens.js';
import type { HandleProposal } from './proposals.js';
import { ASSESSMENTS_CONSUMER } from './proposals.projection.js';

/** Whoever knows the Macs says what a proposed change would do to them. */
@Controller()
export class AssessmentsConsumer {
  constructor(
    @Inject(HANDLE_PROPOSAL) private readonly handle: HandleProposal,
    @Inject(GUARD_SETTINGS) private readonly settings: GuardSettings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @EventPattern<string>(subjectOf('ProposalAssessed'))
  async onAssessed(@Payload() message: Delivered<Fact<'ProposalAssessed'>>): Promise<Settlement> {
    const { proposalId, macs, flipped } = message.data;
    const { threshold, revision } = this.settings;
    const { cause, once } = reactionOf(message, ASSESSMENTS_CONSUMER, this.clock);
    const handled = await this.handle(
      proposalId,
      { type: 'Assessed', macs, flipped, threshold },
      { cause, once: { ...once, settingsRevision: revision } },
    );
    alert(handled, this.log);
    return done;
  }
}
