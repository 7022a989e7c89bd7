import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Changes } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { CLOCK, CONFIG, LOGGER, type Logger, LOOPS, type Loops } from '@managed-os/service-host';
import type { DeadlinesConfig } from './config.js';
import { DryRunController } from './dry-run/dry-run.controller.js';
import { FactsConsumer } from './inputs/facts.consumer.js';
import { ObligationsController } from './obligations/obligations.controller.js';
import { OpenObligationResponder } from './obligations/open-obligation.js';
import { PreviewController } from './preview/preview.controller.js';
import { Previews } from './preview/previews.js';
import { ProposalsConsumer } from './proposals/proposals.consumer.js';
import { Reevaluations } from './reevaluation/reevaluations.js';
import { settingsOf } from './settings.js';
import { DueTimers } from './timers/due-timers.js';
import { TimersController } from './timers/timers.controller.js';
import { SETTINGS, WORK } from './tokens.js';

@Module({
  controllers: [
    ...[FactsConsumer, ProposalsConsumer, OpenObligationResponder],
    ...[ObligationsController, TimersController, PreviewController, DryRunController],
  ],
  providers: [
    { provide: SETTINGS, useFactory: settingsOf, inject: [CONFIG] },
    {
      provide: WORK,
      useFactory: ({ DATABASE_URL }: DeadlinesConfig, { real }: Clock, log: Logger) =>
        new Changes(DATABASE_URL, 'work_deadlines', real, log),
      inject: [CONFIG, CLOCK, LOGGER],
    },
    Reevaluations,
    DueTimers,
    Previews,
  ],
})
export class DeadlinesModule implements OnApplicationShutdown {
  constructor(
    @Inject(LOOPS) loops: Loops,
    @Inject(Reevaluations) reevaluations: Reevaluations,
    @Inject(DueTimers) dueTimers: DueTimers,
    @Inject(WORK) private readonly work: Changes,
  ) {
    loops.run('reevaluations', (signal) => reevaluations.run(signal));
    loops.run('timers', (signal) => dueTimers.run(signal));
  }

  onApplicationShutdown(): Promise<void> {
    return this.work.close();
  }
}
