import { Controller, Module } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { deadlines, type DeadlinesEvent, type Fact, subjectOf } from '@managed-os/contracts';
import type { Delivered, Settlement } from '@managed-os/event-bus';
import { defineProjection, type EventStore } from '@managed-os/event-store';
import { instant, reactionId } from '@managed-os/kernel';
import { ServiceConfig } from '../service-config.js';
import type { RunningService, ServiceDefinition } from '../service-definition.js';
import { EVENT_STORE } from '../tokens.js';

export type Reached = Fact<'DeadlineReached'>;

interface ReachedTables {
  readonly reached: { readonly device_id: string; readonly late_seconds: number };
}

const reached = defineProjection<DeadlinesEvent, ReachedTables>()({
  name: 'reached',
  version: 1,
  tables: ['reached'],
  handlers: {
    DeadlineReached: ({ deviceId, lateSeconds }, tx) =>
      tx.insertInto('reached').values({ device_id: deviceId, late_seconds: lateSeconds }),
    ObligationOpened: 'ignored',
    ObligationClosed: 'ignored',
    ObligationRescheduled: 'ignored',
    PlanChanged: 'ignored',
    TimerSet: 'ignored',
    TimerCancelled: 'ignored',
    NotifyFromReached: 'ignored',
    CountdownEnded: 'ignored',
    ProposalAssessed: 'ignored',
  },
});

/** A service in small: the deadlines that it tells of come back to it over the bus and are handed to the test. */
export const reachedService = (handle: (message: Delivered<Reached>) => Promise<Settlement>): ServiceDefinition => {
  @Controller()
  class Consumer {
    @EventPattern<string>(subjectOf('DeadlineReached'))
    on(@Payload() message: Delivered<Reached>): Promise<Settlement> {
      return handle(message);
    }
  }
  @Module({ controllers: [Consumer] })
  class ReachedModule {}
  return {
    name: 'small',
    context: deadlines,
    config: ServiceConfig,
    migrations: new URL('./migrations/', import.meta.url),
    projections: [reached],
    module: ReachedModule,
  };
};

/** The n-th Mac of a test. */
export const mac = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

let appended = 0;

/** Has the service tell of a deadline of this Mac; `n` tells it from others. With an event before it that stays inside. */
export const reach = async ({ app }: Pick<RunningService, 'app'>, deviceId: string, n: number): Promise<void> => {
  appended += 1;
  const seed = appended;
  const timer = { deviceId, timerId: mac(8_000_000) };
  await app.get<EventStore<DeadlinesEvent>>(EVENT_STORE).append({
    stream: `obligations-${deviceId}`,
    expected: 'any',
    events: [
      { type: 'TimerCancelled', ...timer, purpose: 'deadline' },
      {
        type: 'DeadlineReached',
        ...timer,
        obligationId: mac(7_000_000),
        dueAt: '2022-09-16T12:00:00.000Z',
        lateSeconds: n,
      },
    ],
    cause: {
      correlationId: mac(9_000_000),
      actor: 'test',
      time: instant(1_663_000_000_000),
      idOf: (index) => reactionId('reach', process.pid, seed, index),
    },
  });
};
