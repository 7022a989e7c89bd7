import { Module } from '@nestjs/common';
import { CLOCK, DATABASE, LOGGER } from '@managed-os/service-host';
import { Delivery } from '../commands/delivery.js';
import { CommandQueue } from '../commands/queue.js';
import { Settling } from '../commands/settling.js';
import { DispatcherModule } from '../dispatcher.module.js';
import { Checkin } from '../enrollment/checkin.js';
import { Enrollments } from '../enrollment/enrollments.js';
import { made } from '../made.js';
import { Presence } from '../silence/presence.js';
import { PUSH } from '../tokens.js';
import { ForeignCheckins } from './foreign-checkins.js';
import { ForeignConversation } from './foreign-conversation.js';
import { ForeignMacs } from './foreign-macs.js';
import { HandOver } from './hand-over.js';
import { HandedOver } from './handed-over.js';
import { KeptTokens } from './kept-tokens.js';
import { NanomdmController } from './nanomdm.controller.js';

/** Macs that speak to a NanoMDM, which tells us and does for us (`DISPATCHER_MODE=nanomdm`). */
@Module({
  imports: [DispatcherModule],
  controllers: [NanomdmController],
  providers: [
    made(HandedOver, DATABASE),
    // NanoMDM wakes its Macs by the same API.
    made(HandOver, HandedOver, Delivery, CommandQueue, PUSH, CLOCK, LOGGER),
    made(KeptTokens, DATABASE, Enrollments, Checkin),
    made(ForeignMacs, DATABASE, Enrollments, Checkin, KeptTokens, PUSH, CLOCK, LOGGER),
    made(ForeignCheckins, ForeignMacs, Enrollments, Checkin, KeptTokens, Presence),
    made(ForeignConversation, ForeignMacs, Enrollments, Presence, Settling, HandedOver, HandOver, CLOCK, LOGGER),
  ],
})
export class NanomdmModule {}
