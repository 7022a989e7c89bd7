import { type ConnectReport, isAvailable, queriesFor } from '@managed-os/apple-mdm';
import type { DevicesEvent, Fact } from '@managed-os/contracts';
import type { EventStore, handler } from '@managed-os/event-store';
import { addMillis, type Clock, type Instant, millisBetween, reactionId } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import type { Declarations } from '../declarations/declarations.js';
import type { OfferReports } from '../declarations/offer-reports.js';
import { serially } from '../enrollment/serially.js';
import { eventIdOf, macActor, originOf } from '../facts/cause.js';
import type { DeviceInput, DeviceState } from '../facts/device.decider.js';
import { wakeAfterSending } from '../push/pacing.js';
import type { Pulse } from '../pulse.js';
import type { Db, Enrollment, QueuedCommand, Tx, Watch } from '../tables.js';
import { type PollAnswer, reported, type WatchProgress } from '../watches/watch.js';
import type { Watches } from '../watches/watches.js';
import { type Answer, answerOf, commandAnswered, isRequested, outcomeOf, refOf } from './answers.js';
import { type CommandQueue, own } from './queue.js';

export type HandleDevice = ReturnType<typeof handler<DeviceInput, DevicesEvent, DeviceState, never>>;

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const AFTER_INSTALL = 5 * 60_000;
/** No Mac is back from an installation sooner. */
const SHORTEST_RESTART = 5 * 60_000;

/** An answer that the Mac kept while it restarted tells the version of before. */
const isPrompt = ({ sent_at }: QueuedCommand, now: Instant): boolean =>
  sent_at !== null && millisBetween(sent_at, now) < SHORTEST_RESTART;

/** News: others may answer it with the next command. Repeated: it was settled before. */
export type Settled = 'news' | 'taken' | 'repeated';

/** What an answer does to the watch that asked. */
type WatchStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'half'; readonly watch: Watch; readonly said: string }
  | {
      readonly kind: 'report';
      readonly watch: Watch;
      readonly event: Fact<'WatchReported'>;
      readonly progress: WatchProgress;
    };

/**
 * What a Mac reports of a command becomes events, once per command however often the Mac repeats itself, and then rows.
 * The events go first: a crash in between leaves the command open, the Mac got no 2xx and repeats its report, the
 * repeated append is a duplicate, and the rows follow.
 */
export class Settling {
  constructor(
    private readonly db: Db,
    private readonly queue: CommandQueue,
    private readonly watches: Watches,
    private readonly declarations: Declarations,
    private readonly offers: OfferReports,
    private readonly store: EventStore<DevicesEvent>,
    private readonly handle: HandleDevice,
    private readonly pusher: Pulse,
    private readonly upkeep: Pulse,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /** Takes a report that is not Idle. */
  async settle(mac: Enrollment, report: ConnectReport): Promise<Settled> {
    const command = await this.commandOf(mac, report);
    const facts = { deviceId: mac.device_id, commandId: report.commandUuid, status: report.status };
    if (!command) {
      this.log.warn(facts, 'a Mac reports on a command that is not known');
      return 'taken';
    }
    if (report.status === 'NotNow') {
      await this.defer(command);
      return 'taken';
    }
    const outcome = outcomeOf(report.status);
    if (!outcome) {
      this.log.warn(facts, 'a Mac reports a status that is not known; the command stays open');
      return 'taken';
    }
    if (command.state === 'answered') return 'repeated';
    if (outcome === 'format_error')
      this.log.error({ ...facts, kind: command.kind }, 'a Mac could not read our command');
    if (command.kind === 'declarations' && outcome !== 'acknowledged')
      this.log.error({ ...facts, errors: report.errors.slice(0, 4) }, 'a Mac does not take its declarations');
    const answer = answerOf(command.kind, outcome, report);
    const now = this.clock.now();
    const step = await this.watchStep(mac, command, answer, now);
    const news = await this.tell(mac, command, answer, step, now);
    const wakes = await serially(this.db, mac.device_id, async (tx) => {
      const first = await this.queue.answered(command, now, tx);
      return first ? this.follow(mac, command, answer, step, now, tx) : [];
    });
    if (answer.seen.osVersion !== undefined) await this.offers.reportOf(mac.device_id);
    for (const at of wakes) this.pusher.nudge(at);
    // A silence that was told is counted anew; the loop does not know of its end.
    if (step.kind !== 'none' && step.watch.silent_at === null) this.upkeep.nudge();
    return news ? 'news' : 'taken';
  }

  /** A Mac that could not read a command may not know its id: then it is the one it was handed last. */
  private commandOf(mac: Enrollment, { status, commandUuid }: ConnectReport): Promise<QueuedCommand | undefined> {
    if (commandUuid !== undefined && UUID.test(commandUuid)) return this.queue.find(commandUuid, mac.device_id);
    const nameless = commandUuid === undefined && status === 'CommandFormatError';
    return nameless ? this.queue.lastSent(mac.device_id) : Promise.resolve(undefined);
  }

  private async defer(command: QueuedCommand): Promise<void> {
    const now = this.clock.now();
    if (isRequested(command) && command.state !== 'answered' && command.state !== 'not_sent') {
      await this.store.append({
        stream: `device-${command.device_id}`,
        expected: 'any',
        events: [{ type: 'CommandDeferred', ...refOf(command) }],
        ...this.origin(command, 'deferred', now),
      });
    }
    await this.queue.deferred(command, now);
  }

  private async watchStep(mac: Enrollment, command: QueuedCommand, answer: Answer, now: Instant): Promise<WatchStep> {
    // The answer to a poll that was taken back says what the Mac is, but is no report.
    const watch =
      command.watch_id === null || command.state === 'not_sent' ? undefined : await this.watches.find(command.watch_id);
    if (!watch) return { kind: 'none' };
    const { statuses, errors, seen } = answer;
    const half = JSON.parse(watch.half_said ?? '{"statuses":[],"errors":[]}') as PollAnswer;
    const said: PollAnswer = {
      ...half,
      statuses: [...half.statuses, ...statuses],
      errors: [...half.errors, ...errors],
      ...(seen.osVersion !== undefined && { osVersion: seen.osVersion }),
      ...(seen.osBuild !== undefined && { osBuild: seen.osBuild }),
    };
    const { osVersion = mac.os_version ?? undefined } = seen;
    const isHalf =
      command.kind === 'watch_inventory' && isPrompt(command, now) && isAvailable('OSUpdateStatus', osVersion);
    if (isHalf) return { kind: 'half', watch, said: JSON.stringify(said) };
    return { kind: 'report', watch, ...reported(watch, said, now) };
  }

  private async tell(
    mac: Enrollment,
    command: QueuedCommand,
    answer: Answer,
    step: WatchStep,
    now: Instant,
  ): Promise<boolean> {
    const answers = [
      ...(isRequested(command) ? [commandAnswered(command, answer)] : []),
      ...(step.kind === 'report' ? [step.event] : []),
    ];
    const { cause, once } = this.origin(command, 'answered', now);
    if (Object.keys(answer.seen).length === 0) {
      if (answers.length === 0) return false;
      const stream = `device-${mac.device_id}`;
      const outcome = await this.store.append({ stream, expected: 'any', events: answers, cause, once });
      return outcome.kind === 'done';
    }
    const input = { type: 'Observed', deviceId: mac.device_id, seen: answer.seen, answers, at: now } as const;
    const decision = await this.handle(mac.device_id, input, {
      ...{ cause, once },
      ...(answers.length === 0 && { onlyNews: true as const }),
    });
    return decision.kind === 'accepted' && decision.events.length > 0;
  }

  /** What comes of an answer in the rows. Answers when pushes may be due for what was queued. */
  private async follow(
    mac: Enrollment,
    command: QueuedCommand,
    answer: Answer,
    step: WatchStep,
    now: Instant,
    tx: Tx,
  ): Promise<readonly Instant[]> {
    const { kind, device_id, command_id } = command;
    const wakes: (Instant | undefined)[] = [];
    if (kind === 'daily_inventory' || kind === 'daily_security')
      wakes.push(await this.queue.putDaily(command, now, tx));
    if (kind === 'install' && answer.outcome === 'acknowledged') {
      // No push for it: the Mac is busy, and connects by itself after its restart.
      const at = addMillis(now, AFTER_INSTALL);
      const asked = own(reactionId(command_id, 'after-install'), device_id);
      const { product_key, product_version } = command;
      const after = { ...asked, product_key, product_version };
      await this.queue.put({ ...after, kind: 'inventory', not_before: at, wake_at: null }, tx);
    }
    const { osVersion, osBuild, supervised } = answer.seen;
    const noted = {
      ...(answer.bootstrapTokenAllowed !== undefined && { bootstrap_token_allowed: answer.bootstrapTokenAllowed }),
      ...(osVersion !== undefined && { os_version: osVersion }),
      ...(osBuild !== undefined && { os_build: osBuild }),
      ...(supervised !== undefined && { supervised }),
    };
    if (Object.keys(noted).length > 0) {
      await tx.updateTable('enrollments').set(noted).where('device_id', '=', device_id).execute();
    }
    if (kind === 'declarations' && (await this.declarations.settled(command, answer.outcome, now, tx))) wakes.push(now);
    // What became known of the Mac may change what it can be sent; and a Mac that was upgraded begins with declarations.
    if (osVersion !== undefined && (await this.declarations.refresh(device_id, now, tx))) wakes.push(now);
    // Another version may answer what the last one could not be asked.
    if (osVersion !== undefined && queriesFor(osVersion).join() !== queriesFor(mac.os_version ?? undefined).join()) {
      const asked = own(reactionId(command_id, 'asked-more'), device_id);
      wakes.push(wakeAfterSending(now));
      await this.queue.put({ ...asked, kind: 'inventory', not_before: now, wake_at: wakeAfterSending(now) }, tx);
    }
    if (step.kind === 'half') wakes.push(await this.watches.askStatus(step.watch, step.said, now, tx));
    if (step.kind === 'report') wakes.push(await this.watches.goOn(step.watch, step.progress, now, tx));
    return wakes.filter((at) => at !== undefined);
  }

  private origin(command: QueuedCommand, what: 'answered' | 'deferred', time: Instant) {
    return originOf({
      what: [command.command_id, what],
      actor: macActor(command.device_id),
      time,
      correlationId: command.correlation_id,
      causationId: isRequested(command) ? eventIdOf([command.command_id, 'sent']) : command.causation_id,
    });
  }
}
