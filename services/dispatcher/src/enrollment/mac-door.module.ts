import { readFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import type { Clock } from '@managed-os/kernel';
import { CLOCK, CONFIG, type Logger, LOGGER } from '@managed-os/service-host';
import { Conversation } from '../commands/conversation.js';
import { Delivery } from '../commands/delivery.js';
import { HeldReplies } from '../commands/held-replies.js';
import { Settling } from '../commands/settling.js';
import type { DispatcherConfig } from '../config.js';
import { DispatcherModule } from '../dispatcher.module.js';
import { Presence } from '../silence/presence.js';
import { IDENTIFY, OFFER } from '../tokens.js';
import { certificatesOf } from './certificate.js';
import { EnrollController } from './enroll.controller.js';
import { Enrollments } from './enrollments.js';
import { identifying } from './identify.js';
import { MacDoorController } from './mac-door.controller.js';
import { offerOf } from './offer.js';

const read = (file: string): string => readFileSync(file, 'utf8');

/** Macs that speak to this server (`DISPATCHER_MODE=direct`). */
@Module({
  imports: [DispatcherModule],
  controllers: [MacDoorController, EnrollController],
  providers: [
    {
      provide: IDENTIFY,
      useFactory: ({ MAC_IDENTITY, CLIENT_CERT_HEADER, ENROLLMENT_CA_FILE }: DispatcherConfig, { real }: Clock) =>
        identifying({
          by: MAC_IDENTITY,
          header: CLIENT_CERT_HEADER,
          anchors: ENROLLMENT_CA_FILE === undefined ? [] : certificatesOf(read(ENROLLMENT_CA_FILE)),
          real,
        }),
      inject: [CONFIG, CLOCK],
    },
    {
      provide: OFFER,
      useFactory: (config: DispatcherConfig, { real }: Clock) => offerOf(config, read, real),
      inject: [CONFIG, CLOCK],
    },
    {
      provide: Conversation,
      useFactory: (
        enrollments: Enrollments,
        presence: Presence,
        settling: Settling,
        delivery: Delivery,
        held: HeldReplies,
        clock: Clock,
        log: Logger,
        config: DispatcherConfig,
      ) => new Conversation(enrollments, presence, settling, delivery, held, clock.real, log, config.HELD_REPLY_MS),
      inject: [Enrollments, Presence, Settling, Delivery, HeldReplies, CLOCK, LOGGER, CONFIG],
    },
  ],
})
export class MacDoorModule {}
