import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type Envelope, subjectOf } from '@managed-os/contracts';
import { UPDATE_FACTS, type UpdateEvent, type UpdateFact } from '@managed-os/device-update';
import { type Delivered, done, reactionOf, type Settlement } from '@managed-os/event-bus';
import type { EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { CLOCK, EVENT_STORE } from '@managed-os/service-host';
import { HANDLE_FACT } from '../tokens.js';
import { CONSUMER, type HandleFact } from './handle-fact.js';

/** What nothing is decided upon, and the timeline shows. */
const TOLD = ['ObligationOpened', 'ObligationClosed', 'ObligationRescheduled'] as const;

/** What deadlines and devices say of each Mac. */
@Controller()
export class FactsConsumer {
  constructor(
    @Inject(HANDLE_FACT) private readonly handle: HandleFact,
    @Inject(EVENT_STORE) private readonly store: EventStore<UpdateEvent>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern(UPDATE_FACTS.map((name) => subjectOf(name)))
  async onFact(@Payload() message: Envelope<UpdateFact>): Promise<Settlement> {
    await this.handle(message, reactionOf(message, CONSUMER, this.clock));
    return done;
  }

  @EventPattern(TOLD.map((name) => subjectOf(name)))
  async onTold(@Payload() message: Delivered): Promise<Settlement> {
    const { cause, once } = reactionOf(message, CONSUMER, this.clock);
    await this.store.append({ stream: message.subject, expected: 'any', events: [], cause, once });
    return done;
  }
}
