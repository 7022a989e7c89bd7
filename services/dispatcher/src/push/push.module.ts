import { Module } from '@nestjs/common';
import type { DevicesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import {
  CLOCK,
  CONFIG,
  DATABASE,
  EVENT_STORE,
  type Health,
  HEALTH,
  LOGGER,
  type Logger,
  LOOPS,
  type Loops,
} from '@managed-os/service-host';
import type { DispatcherConfig } from '../config.js';
import { made } from '../made.js';
import { Pulse } from '../pulse.js';
import { CERTIFICATE_WATCH, PUSH, PUSH_CERTIFICATE, PUSH_REST, PUSHER_PULSE } from '../tokens.js';
import { CertificateWatch } from './apns/certificate-watch.js';
import type { PushCertificate } from './apns/push-certificate.js';
import { openCertificate, openPush } from './open-push.js';
import type { Push } from './push.js';
import { Pusher } from './pusher.js';
import { Rest } from './rest.js';
import { PushResults } from './results.js';

/** Waking Macs: whoever makes something sendable nudges `PUSHER_PULSE`. */
@Module({
  providers: [
    { provide: PUSH_CERTIFICATE, useFactory: openCertificate, inject: [CONFIG] },
    {
      provide: PUSH,
      useFactory: (config: DispatcherConfig, certificate: PushCertificate | undefined, clock: Clock): Push =>
        openPush(config, certificate, clock.real),
      inject: [CONFIG, PUSH_CERTIFICATE, CLOCK],
    },
    {
      provide: PUSH_REST,
      useFactory: ({ DISPATCHER_MODE }: DispatcherConfig, certificate: PushCertificate | undefined) =>
        new Rest(certificate || DISPATCHER_MODE === 'nanomdm' ? 60_000 : 1_000),
      inject: [CONFIG, PUSH_CERTIFICATE],
    },
    {
      provide: CERTIFICATE_WATCH,
      useFactory: (
        certificate: PushCertificate | undefined,
        store: EventStore<DevicesEvent>,
        clock: Clock,
        log: Logger,
      ) => certificate && new CertificateWatch(certificate, store, clock, log),
      inject: [PUSH_CERTIFICATE, EVENT_STORE, CLOCK, LOGGER],
    },
    { provide: PUSHER_PULSE, useFactory: (clock: Clock) => new Pulse(clock), inject: [CLOCK] },
    made(PushResults, DATABASE, EVENT_STORE, PUSHER_PULSE, LOGGER, CERTIFICATE_WATCH),
    made(Pusher, DATABASE, PUSH, PushResults, PUSH_REST, CLOCK, PUSHER_PULSE, LOGGER),
    {
      provide: 'LOOPS_OF_PUSH',
      useFactory: (
        loops: Loops,
        health: Health,
        { real }: Clock,
        pusher: Pusher,
        rest: Rest,
        watch: CertificateWatch | undefined,
      ): void => {
        loops.run('pusher', (signal) => pusher.run(signal));
        if (!watch) return;
        loops.run('push-certificate', (signal) => watch.run(signal));
        health.add('push-service', () => Promise.resolve(rest.trouble !== 'away'));
        health.add('push-certificate', () =>
          Promise.resolve(rest.trouble !== 'certificate-refused' && watch.lasts(real.now())),
        );
      },
      inject: [LOOPS, HEALTH, CLOCK, Pusher, PUSH_REST, CERTIFICATE_WATCH],
    },
  ],
  exports: [PUSH, PUSHER_PULSE],
})
export class PushModule {}
