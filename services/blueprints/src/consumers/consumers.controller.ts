import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type BlueprintsEvent, type Envelope, type Fact, subjectOf } from '@managed-os/contracts';
import { done, reactionOf, type Settlement } from '@managed-os/event-bus';
import type { EventStore } from '@managed-os/event-store';
import { type Clock, reactionId } from '@managed-os/kernel';
import { CLOCK, EVENT_STORE } from '@managed-os/service-host';
import type { Blueprints } from '../blueprints/blueprints.js';
import type { Memberships } from '../memberships/memberships.js';
import { BLUEPRINTS, MEMBERSHIPS } from '../tokens.js';

const CONSUMER = 'blueprints';

@Controller()
export class Consumers {
  constructor(
    @Inject(BLUEPRINTS) private readonly blueprints: Blueprints,
    @Inject(MEMBERSHIPS) private readonly memberships: Memberships,
    @Inject(EVENT_STORE) private readonly store: EventStore<BlueprintsEvent>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A Mac that enrolls and is in no Blueprint belongs to the unassigned ones. */
  @EventPattern<string>(subjectOf('DeviceEnrolled'))
  async onDeviceEnrolled(@Payload() message: Envelope<Fact<'DeviceEnrolled'>>): Promise<Settlement> {
    const { deviceId } = message.data;
    await this.memberships.handle({ type: 'DeviceEnrolled', deviceId }, reactionOf(message, CONSUMER, this.clock));
    return done;
  }

  /** An item that left the Library leaves every Blueprint: one append for each, the message's own one last. */
  @EventPattern<string>(subjectOf('ItemRemoved'))
  async onItemRemoved(@Payload() message: Envelope<Fact<'ItemRemoved'>>): Promise<Settlement> {
    const { itemId } = message.data;
    const { cause, once } = reactionOf(message, CONSUMER, this.clock);
    for (const blueprintId of await this.blueprints.withItem(itemId)) {
      const messageId = reactionId(message.id, CONSUMER, blueprintId);
      await this.blueprints.handle(
        { type: 'UnassignItem', blueprintId, itemId },
        { cause: { ...cause, idOf: (index) => reactionId(messageId, index) }, once: { consumer: CONSUMER, messageId } },
      );
    }
    await this.store.append({ stream: message.subject, expected: 'any', events: [], cause, once });
    return done;
  }
}
