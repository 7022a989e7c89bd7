import { Module } from '@nestjs/common';
import type { BlueprintsEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { CLOCK, DATABASE, EVENT_STORE } from '@managed-os/service-host';
import type { Kysely } from 'kysely';
import { BlueprintsController } from './blueprints/blueprints.controller.js';
import { Blueprints } from './blueprints/blueprints.js';
import type { BlueprintsTables } from './blueprints/blueprints.projection.js';
import { Consumers } from './consumers/consumers.controller.js';
import { MembershipsController } from './memberships/memberships.controller.js';
import { Memberships } from './memberships/memberships.js';
import { BLUEPRINTS, MEMBERSHIPS } from './tokens.js';

type Store = EventStore<BlueprintsEvent>;
type Database = Kysely<BlueprintsTables>;

@Module({
  controllers: [BlueprintsController, MembershipsController, Consumers],
  providers: [
    {
      provide: BLUEPRINTS,
      useFactory: (store: Store, db: Database, clock: Clock) => new Blueprints(store, db, clock),
      inject: [EVENT_STORE, DATABASE, CLOCK],
    },
    {
      provide: MEMBERSHIPS,
      useFactory: (store: Store, db: Database, blueprints: Blueprints) => new Memberships(store, db, blueprints),
      inject: [EVENT_STORE, DATABASE, BLUEPRINTS],
    },
  ],
})
export class BlueprintsModule {}
