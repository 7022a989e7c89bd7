import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import { HttpAdapterHost, RouterModule } from '@nestjs/core';
import type { JetStreamStrategy, Operations, Relay } from '@managed-os/event-bus';
import type { ProjectionRunner } from '@managed-os/event-store';
import type { FastifyInstance } from 'fastify';
import type { ServiceDefinition } from '../service-definition.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { EventsController } from './events.controller.js';
import { OperationsController } from './operations.controller.js';
import { ProjectionsController } from './projections.controller.js';
import { RelayController } from './relay.controller.js';
import { OPERATIONS, OWNER, PROJECTIONS, RELAY, STOPPING, STRATEGY } from './tokens.js';
import { VerificationController } from './verification.controller.js';

/** What the routes of a store reach into. */
export interface StoreParts {
  readonly owner: Pick<ServiceDefinition, 'name' | 'context'>;
  readonly strategy: JetStreamStrategy;
  readonly relay: Relay;
  readonly projections: ProjectionRunner;
  readonly operations: Operations;
}

const stopping: FactoryProvider<AbortSignal> = {
  provide: STOPPING,
  useFactory: ({ httpAdapter }: HttpAdapterHost) => {
    const closing = new AbortController();
    const fastify: FastifyInstance = httpAdapter.getInstance();
    fastify.addHook('preClose', (done) => {
      closing.abort();
      done();
    });
    return closing.signal;
  },
  inject: [HttpAdapterHost],
};

/** What every service offers about its own store and its place on the bus, at `/api/stores/<context>`. */
@Module({
  controllers: [
    ...[DeadLettersController, EventsController, ProjectionsController],
    ...[VerificationController, RelayController, OperationsController],
  ],
})
export class StoresModule {
  static of({ owner, strategy, relay, projections, operations }: StoreParts): DynamicModule {
    return {
      module: StoresModule,
      imports: [RouterModule.register([{ path: `api/stores/${owner.context.name}`, module: StoresModule }])],
      providers: [
        stopping,
        { provide: OWNER, useValue: owner },
        { provide: STRATEGY, useValue: strategy },
        { provide: RELAY, useValue: relay },
        { provide: PROJECTIONS, useValue: projections },
        { provide: OPERATIONS, useValue: operations },
      ],
    };
  }
}
