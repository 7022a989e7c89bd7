import { readFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import type { DevicesEvent } from '@managed-os/contracts';
import { type EventStore, handler } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import {
  BUS,
  type Bus,
  CLOCK,
  CONFIG,
  DATABASE,
  EVENT_STORE,
  IDS,
  LOGGER,
  type Logger,
  LOOPS,
  type Loops,
} from '@managed-os/service-host';
import { BootstrapTokens } from './bootstrap-token/bootstrap-tokens.js';
import { Delivery } from './commands/delivery.js';
import { HeldReplies } from './commands/held-replies.js';
import { NotSentReports } from './commands/not-sent.js';
import { CommandQueue } from './commands/queue.js';
import { InstallRecheck } from './commands/recheck.js';
import { type HandleDevice, Settling } from './commands/settling.js';
import type { DispatcherConfig } from './config.js';
import { DeclarationsConsumer } from './consumers/declarations.consumer.js';
import { RequestsConsumer } from './consumers/requests.consumer.js';
import { DeclarativeDoor } from './declarations/declarative-door.js';
import { Declarations } from './declarations/declarations.js';
import { OfferReports } from './declarations/offer-reports.js';
import { StaleSets } from './declarations/stale-sets.js';
import { StatusReports } from './declarations/status-reports.js';
import { updateSettingsOf } from './declarations/update-settings.js';
import { Checkin } from './enrollment/checkin.js';
import { Enrollments } from './enrollment/enrollments.js';
import { ExpiringCertificates } from './enrollment/expiring-certificates.js';
import { Leaving } from './enrollment/leaving.js';
import { MinimumVersion } from './enrollment/minimum-version.js';
import { device } from './facts/device.decider.js';
import { made } from './made.js';
import { PushModule } from './push/push.module.js';
import { Pulse } from './pulse.js';
import { ReleasesConsumer } from './releases/releases.consumer.js';
import { Releases } from './releases/releases.js';
import { LastSeen } from './silence/last-seen.js';
import { Presence } from './silence/presence.js';
import { Silence } from './silence/silence.js';
import type { Db } from './tables.js';
import { HANDLE_DEVICE, PUSHER_PULSE, UPKEEP_PULSE } from './tokens.js';
import { Upkeep } from './upkeep.js';
import { Watches } from './watches/watches.js';

/** What is the same however Macs are spoken to. */
@Module({
  imports: [PushModule],
  controllers: [RequestsConsumer, DeclarationsConsumer, ReleasesConsumer],
  providers: [
    {
      provide: HANDLE_DEVICE,
      useFactory: (store: EventStore<DevicesEvent>) => handler(store, 'device', device),
      inject: [EVENT_STORE],
    },
    { provide: UPKEEP_PULSE, useFactory: (clock: Clock) => new Pulse(clock), inject: [CLOCK] },
    {
      provide: BootstrapTokens,
      useFactory: (db: Db, config: DispatcherConfig) =>
        new BootstrapTokens(db, Buffer.from(config.BOOTSTRAP_TOKEN_KEY, 'base64')),
      inject: [DATABASE, CONFIG],
    },
    { provide: HeldReplies, useFactory: (clock: Clock) => new HeldReplies(clock.real), inject: [CLOCK] },
    {
      provide: InstallRecheck,
      useFactory: (bus: Bus, log: Logger) => new InstallRecheck(bus, log),
      inject: [BUS, LOGGER],
    },
    made(Enrollments, DATABASE),
    made(Releases, DATABASE),
    made(MinimumVersion, DATABASE, Releases, LOGGER),
    made(CommandQueue, DATABASE),
    made(Watches, DATABASE, CommandQueue, EVENT_STORE),
    made(NotSentReports, DATABASE, EVENT_STORE, CLOCK),
    {
      provide: Declarations,
      useFactory: (db: Db, queue: CommandQueue, builds: Releases, config: DispatcherConfig) =>
        new Declarations(db, queue, builds, updateSettingsOf(config, readFileSync)),
      inject: [DATABASE, CommandQueue, Releases, CONFIG],
    },
    {
      provide: StaleSets,
      useFactory: (db: Db, declarations: Declarations, offers: OfferReports, pusher: Pulse, clock: Clock) =>
        new StaleSets(db, declarations, offers, pusher, () => clock.now(), clock.real, new Pulse(clock)),
      inject: [DATABASE, Declarations, OfferReports, PUSHER_PULSE, CLOCK],
    },
    made(OfferReports, DATABASE, Declarations, EVENT_STORE, CLOCK),
    made(StatusReports, DATABASE, Declarations, OfferReports, HANDLE_DEVICE, PUSHER_PULSE, CLOCK, LOGGER),
    made(DeclarativeDoor, DATABASE, Declarations, OfferReports, StatusReports, EVENT_STORE, PUSHER_PULSE, CLOCK),
    made(LastSeen, DATABASE),
    made(Presence, DATABASE, LastSeen, HANDLE_DEVICE, CLOCK),
    made(
      Settling,
      DATABASE,
      CommandQueue,
      Watches,
      Declarations,
      OfferReports,
      EVENT_STORE,
      HANDLE_DEVICE,
      PUSHER_PULSE,
      UPKEEP_PULSE,
      CLOCK,
      LOGGER,
    ),
    made(
      Delivery,
      CommandQueue,
      Watches,
      InstallRecheck,
      NotSentReports,
      Declarations,
      EVENT_STORE,
      PUSHER_PULSE,
      CLOCK,
    ),
    made(
      Checkin,
      DATABASE,
      Enrollments,
      Leaving,
      BootstrapTokens,
      CommandQueue,
      Watches,
      NotSentReports,
      Presence,
      LastSeen,
      Declarations,
      OfferReports,
      DeclarativeDoor,
      HANDLE_DEVICE,
      PUSHER_PULSE,
      CLOCK,
      IDS,
    ),
    made(
      Leaving,
      DATABASE,
      Enrollments,
      CommandQueue,
      NotSentReports,
      Declarations,
      OfferReports,
      HANDLE_DEVICE,
      CLOCK,
    ),
    {
      provide: ExpiringCertificates,
      useFactory: (db: Db, clock: Clock, log: Logger) => new ExpiringCertificates(db, clock.real, log),
      inject: [DATABASE, CLOCK, LOGGER],
    },
    made(Upkeep, DATABASE, CommandQueue, Watches, NotSentReports, OfferReports, Leaving, CLOCK, UPKEEP_PULSE),
    {
      provide: Silence,
      useFactory: (db: Db, lastSeen: LastSeen, leaving: Leaving, handle: HandleDevice, clock: Clock) =>
        new Silence(db, lastSeen, leaving, handle, clock, new Pulse(clock)),
      inject: [DATABASE, LastSeen, Leaving, HANDLE_DEVICE, CLOCK],
    },
    {
      provide: 'LOOPS_OF_THE_DISPATCHER',
      useFactory: (
        loops: Loops,
        clock: Clock,
        lastSeen: LastSeen,
        upkeep: Upkeep,
        sets: StaleSets,
        silence: Silence,
        certificates: ExpiringCertificates,
      ) => {
        loops.run('last-seen', (signal) => lastSeen.run((millis, until) => clock.real.sleep(millis, until), signal));
        loops.run('upkeep', (signal) => upkeep.run(signal));
        loops.run('stale-sets', (signal) => sets.run(signal));
        loops.run('silence', (signal) => silence.run(signal));
        loops.run('certificates', (signal) => certificates.run(signal));
      },
      inject: [LOOPS, CLOCK, LastSeen, Upkeep, StaleSets, Silence, ExpiringCertificates],
    },
  ],
  // What the doors need: `doors.ts` says which there are.
  exports: [
    Enrollments,
    Checkin,
    Presence,
    Settling,
    Delivery,
    CommandQueue,
    HeldReplies,
    DeclarativeDoor,
    Releases,
    MinimumVersion,
    PushModule,
  ],
})
export class DispatcherModule {}
