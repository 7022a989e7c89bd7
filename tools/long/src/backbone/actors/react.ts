import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type DeadlinesEvent, subjectOf, type UpdatesEvent } from '@managed-os/contracts';
import { dead, type Delivered, done, reactionOf, type Settlement } from '@managed-os/event-bus';
import { type EventStore, handler } from '@managed-os/event-store';
import { accept, type Clock, type Decider, type RealTime } from '@managed-os/kernel';
import { draw } from '../../random.js';
import { type Effect, HEARD } from '../facts.js';

type Heard = Extract<DeadlinesEvent, { type: (typeof HEARD)[number] }>;
export type React = (message: Delivered<Heard>) => Promise<Settlement>;
export const REACT = Symbol('REACT');

@Controller()
export class Consumer {
  constructor(@Inject(REACT) private readonly react: React) {}

  @EventPattern(HEARD.map((name) => subjectOf(name)))
  on(@Payload() message: Delivered<Heard>): Promise<Settlement> {
    return this.react(message);
  }
}

/** Counts the messages of its Mac: the n-th effect says n. */
const observations: Decider<Heard, UpdatesEvent, number, never> = {
  initial: 0,
  decide: ({ deviceId }, count) =>
    accept<Effect>({
      type: 'VersionObserved',
      deviceId,
      osVersion: '12.6',
      factsRevision: count + 1,
      seenBy: 'facts',
    }),
  evolve: (count, event) => (event.type === 'VersionObserved' ? event.factsRevision : count),
};

/** Tries after which a message is a dead letter; a poisoned one is handled when an operator redelivers it. */
const TRIES = 3;

/** One effect per message; with a seed from a handler that is sometimes slow, hangs, fails before or after it, or refuses. */
export const reactionTo = (store: EventStore<UpdatesEvent>, clock: Clock, seed?: string): React => {
  const handle = handler(store, 'device_update', observations);
  const react: React = async (message) => {
    await handle(message.data.deviceId, message.data, reactionOf(message, 'progress', clock));
    return done;
  };
  return seed === undefined ? react : troubled(react, clock.real, seed);
};

const troubled =
  (react: React, real: RealTime, seed: string): React =>
  async (message) => {
    const { id, deliveries } = message;
    if (draw(seed, 'poison', id) < 0.001 && deliveries <= TRIES) throw new Error('poison');
    if (draw(seed, 'refuse', id) < 0.0005 && deliveries === 1) return dead('makes no sense');
    const mood = draw(seed, 'mood', id, deliveries);
    const trouble = async (): Promise<void> => {
      if (mood < 0.02) throw new Error('not now');
      if (mood < 0.03) await real.sleep(10_000 * mood);
      if (mood > 0.9995) await new Promise(() => undefined);
      if (mood > 0.9985) await real.sleep(4_000);
    };
    const isLate = draw(seed, 'late', id, deliveries) < 0.4;
    if (!isLate) await trouble();
    const settlement = await react(message);
    if (isLate) await trouble();
    return settlement;
  };
