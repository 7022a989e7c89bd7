import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type Envelope, type Fact, subjectOf } from '@managed-os/contracts';
import { dead, done, type Settlement } from '@managed-os/event-bus';
import { type Clock, type Instant, parseInstant, reactionId } from '@managed-os/kernel';
import { CLOCK, DATABASE } from '@managed-os/service-host';
import { HeldReplies } from '../commands/held-replies.js';
import { NotSentReports } from '../commands/not-sent.js';
import { CommandQueue } from '../commands/queue.js';
import { Enrollments } from '../enrollment/enrollments.js';
import { serially } from '../enrollment/serially.js';
import type { Pulse } from '../pulse.js';
import type { Db, NotSentReason, RequestedKind, Tx } from '../tables.js';
import { PUSHER_PULSE, UPKEEP_PULSE } from '../tokens.js';
import { Watches } from '../watches/watches.js';

const KINDS: readonly string[] = ['scan', 'available', 'download', 'install', 'inventory'] satisfies RequestedKind[];
const SUBJECTS: readonly string[] = ['download', 'install'];

/**
 * What `updates` asks of Macs becomes rows, keyed by the request: a repeated message finds its row, open or ended, and
 * changes nothing. Whether the Mac is here is looked up behind its lock: a Mac that enrolls again, or leaves, clears what is
 * queued before, and one that left is seen by what comes after.
 */
@Controller()
export class RequestsConsumer {
  constructor(
    @Inject(DATABASE) private readonly db: Db,
    @Inject(CommandQueue) private readonly queue: CommandQueue,
    @Inject(Watches) private readonly watches: Watches,
    @Inject(Enrollments) private readonly enrollments: Enrollments,
    @Inject(NotSentReports) private readonly notSent: NotSentReports,
    @Inject(HeldReplies) private readonly held: HeldReplies,
    @Inject(PUSHER_PULSE) private readonly pusher: Pulse,
    @Inject(UPKEEP_PULSE) private readonly upkeep: Pulse,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(subjectOf('CommandRequested'))
  async onCommandRequested(@Payload() message: Envelope<Fact<'CommandRequested'>>): Promise<Settlement> {
    const { data } = message;
    if (!KINDS.includes(data.kind)) return dead(`a command of kind ${data.kind} cannot be sent by this version`);
    const now = this.clock.now();
    const notBefore = instantOf(data.notBefore) ?? now;
    const notAfter = instantOf(data.notAfter);
    const reason = await serially(this.db, data.deviceId, async (tx) => {
      const why = await this.unreachable(data.deviceId, tx);
      await this.queue.put(
        {
          command_id: reactionId(message.id, 'dispatcher', 'command'),
          device_id: data.deviceId,
          kind: data.kind as RequestedKind,
          request_id: message.id,
          obligation_id: data.obligationId,
          attempt: data.attempt,
          try: data.try,
          product_key: data.productKey ?? null,
          product_version: data.productVersion ?? null,
          install_action: data.installAction ?? null,
          not_before: notBefore,
          not_after: notAfter ?? null,
          correlation_id: message.correlationId,
          causation_id: message.id,
          ...(why === undefined
            ? { wake_at: notBefore }
            : { state: 'not_sent', not_sent_reason: why, ended_at: now, wake_at: null, reported: false }),
        },
        tx,
      );
      return why;
    });
    if (reason !== undefined) await this.notSent.reportOf(data.deviceId);
    else if (!this.held.signal(data.deviceId)) this.pusher.nudge(notBefore);
    if (notAfter !== undefined) this.upkeep.nudge(notAfter);
    return done;
  }

  @EventPattern<string>(subjectOf('CommandsWithdrawn'))
  async onCommandsWithdrawn(@Payload() { data }: Envelope<Fact<'CommandsWithdrawn'>>): Promise<Settlement> {
    await this.queue.withdraw(data, this.clock.now());
    await this.notSent.reportOf(data.deviceId);
    return done;
  }

  @EventPattern<string>(subjectOf('WatchRequested'))
  async onWatchRequested(@Payload() message: Envelope<Fact<'WatchRequested'>>): Promise<Settlement> {
    const { data } = message;
    const stopAfter = instantOf(data.stopAfter);
    if (!SUBJECTS.includes(data.subject) || stopAfter === undefined) {
      return dead(`a watch of ${data.subject} until ${data.stopAfter} cannot be kept by this version`);
    }
    const { correlationId, id: requestId } = message;
    await serially(this.db, data.deviceId, async (tx) => {
      const reachable = (await this.enrollments.find(data.deviceId, tx))?.state === 'enrolled';
      await this.watches.open({ ...data, stopAfter, requestId, correlationId }, reachable, this.clock.now(), tx);
    });
    this.pusher.nudge();
    this.upkeep.nudge();
    return done;
  }

  @EventPattern<string>(subjectOf('WatchClosed'))
  async onWatchClosed(@Payload() { data }: Envelope<Fact<'WatchClosed'>>): Promise<Settlement> {
    await this.watches.close(data, this.clock.now());
    return done;
  }

  /**
   * Why a command for this Mac cannot be queued; `undefined` when it can. One that has just enrolled may be known to others
   * before its row says so: what is queued waits for it. What belonged to the enrollment before is taken back by its sender.
   */
  private async unreachable(deviceId: string, tx: Tx): Promise<NotSentReason | undefined> {
    const mac = await this.enrollments.find(deviceId, tx);
    return mac === undefined || mac.state === 'unenrolled' ? 'unenrolled' : undefined;
  }
}

const instantOf = (text: string | undefined): Instant | undefined =>
  text === undefined ? undefined : parseInstant(text);
