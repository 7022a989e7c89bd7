import { Module } from '@nestjs/common';
import { EVENT_STORE, CONFIG } from '@managed-os/service-host';
import { ComplianceController } from './compliance/compliance.controller.js';
import { settingsOf } from './config.js';
import { DevicesController } from './devices/devices.controller.js';
import { FactsConsumer } from './facts/facts.consumer.js';
import { handleFact } from './facts/handle-fact.js';
import { FailuresController } from './failures/failures.controller.js';
import { TimelineController } from './timeline/timeline.controller.js';
import { HANDLE_FACT } from './tokens.js';
import type { EventStore } from '@managed-os/event-store';
import type { UpdateEvent } from '@managed-os/device-update';
import type { ProgressConfig } from './config.js';

@Module({
  controllers: [FactsConsumer, DevicesController, TimelineController, ComplianceController, FailuresController],
  providers: [
    {
      provide: HANDLE_FACT,
      useFactory: (store: EventStore<UpdateEvent>, config: ProgressConfig) => handleFact(store, settingsOf(config)),
      inject: [EVENT_STORE, CONFIG],
    },
  ],
})
export class ProgressModule {}
