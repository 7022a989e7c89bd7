import { Inject, Injectable } from '@nestjs/common';
import type { ReleasesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { CLOCK, EVENT_STORE, LOOPS, type Loops } from '@managed-os/service-host';
import { announcements, type Catalogue } from '../catalogue/catalogue.js';
import { CATALOGUE } from '../tokens.js';
import { announceInTime } from './announcing.js';

/** Keeps announcing for the life of the service. */
@Injectable()
export class Announcer {
  constructor(
    @Inject(LOOPS) loops: Loops,
    @Inject(CATALOGUE) catalogue: Catalogue,
    @Inject(EVENT_STORE) store: EventStore<ReleasesEvent>,
    @Inject(CLOCK) clock: Clock,
  ) {
    loops.run('announcer', (signal) => announceInTime(announcements(catalogue), store, clock, signal));
  }
}
