import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type DeadlinesEvent, subjectOf } from '@managed-os/contracts';
import { type Delivered, done, reactionOf, type Settlement } from '@managed-os/event-bus';
import type { EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { CLOCK, EVENT_STORE } from '@managed-os/service-host';
import { FACTS_CONSUMER } from './inputs.projection.js';

/** What the projection `inputs` reads; nothing else is taken from the bus. */
const FACTS = [
  subjectOf('EnforcementConfigured'),
  subjectOf('ItemRemoved'),
  subjectOf('ReleaseWindowOverridden'),
  subjectOf('ReleaseWindowRestored'),
  subjectOf('ItemAssigned'),
  subjectOf('ItemUnassigned'),
  subjectOf('BlueprintRemoved'),
  subjectOf('DeviceMoved'),
  subjectOf('ReleaseAnnounced'),
  subjectOf('ReleaseDevicesChanged'),
  subjectOf('ExploitedVulnerabilitiesListed'),
  subjectOf('DeviceFactsChanged'),
  subjectOf('DeviceUnenrolled'),
];

/** Takes in what other contexts say, once each: kept in the inbox, decided upon by the re-evaluation. */
@Controller()
export class FactsConsumer {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore<DeadlinesEvent>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern(FACTS)
  async take(@Payload() message: Delivered): Promise<Settlement> {
    const { cause, once } = reactionOf(message, FACTS_CONSUMER, this.clock);
    await this.store.append({ stream: 'inbox-deadlines', expected: 'any', events: [], cause, once });
    return done;
  }
}
