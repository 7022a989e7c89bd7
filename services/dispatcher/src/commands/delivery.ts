import { type Command, type SyncTokens, writeCommand } from '@managed-os/apple-mdm';
import type { DevicesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { Clock, Instant } from '@managed-os/kernel';
import type { Declarations } from '../declarations/declarations.js';
import { tokensOf } from '../declarations/the-set.js';
import { originOf, SERVICE } from '../facts/cause.js';
import { wakeAfterSending } from '../push/pacing.js';
import type { Pulse } from '../pulse.js';
import type { Enrollment, QueuedCommand } from '../tables.js';
import type { Watches } from '../watches/watches.js';
import { isRequested, refOf } from './answers.js';
import { commandFor } from './documents.js';
import type { NotSentReports } from './not-sent.js';
import type { CommandQueue } from './queue.js';
import type { InstallRecheck } from './recheck.js';

/** Picks the next command for a Mac that is listening. */
export class Delivery {
  constructor(
    private readonly queue: CommandQueue,
    private readonly watches: Watches,
    private readonly recheck: InstallRecheck,
    private readonly notSent: NotSentReports,
    private readonly declarations: Declarations,
    private readonly store: EventStore<DevicesEvent>,
    private readonly pusher: Pulse,
    private readonly clock: Clock,
  ) {}

  /**
   * The document of the next command, or `undefined` when there is nothing to send now. The command is taken before it
   * is reported as sent, and reported before it goes out; whatever is lost after that goes out again, under the same id,
   * when the Mac begins its next conversation.
   */
  async next(mac: Enrollment, beginning: boolean): Promise<string | undefined> {
    const now = this.clock.now();
    for (const queued of await this.queue.sendable(mac.device_id, now, beginning)) {
      if (beginning && (await this.watches.beginAnew(queued, now))) return this.next(mac, beginning);
      const document = await this.deliver(mac, queued, now);
      if (document !== undefined) return document;
    }
    return undefined;
  }

  /**
   * The document of this command, taken and told as sent; `undefined` when it is not to be sent, or not now. `uuid`: what
   * the Mac will answer it by.
   */
  async deliver(
    mac: Enrollment,
    queued: QueuedCommand,
    now: Instant,
    uuid = queued.command_id,
  ): Promise<string | undefined> {
    const tokens = queued.kind === 'declarations' ? await this.tokens(mac, now) : undefined;
    const command = commandFor(queued, mac.os_version ?? undefined, tokens);
    if (!command) {
      await this.skip(queued, now);
      return undefined;
    }
    if (queued.kind === 'install' && !(await this.owed(queued, now))) return undefined;
    return (await this.take(queued, command, now)) ? writeCommand(uuid, command) : undefined;
  }

  /** False when it was withdrawn or answered meanwhile. */
  private async take(queued: QueuedCommand, command: Command, now: Instant): Promise<boolean> {
    if (!(await this.queue.claim(queued, now))) return false;
    if (queued.wake_at !== null) this.pusher.nudge(wakeAfterSending(now));
    if (command.requestType === 'DeclarativeManagement' && command.tokens)
      await this.declarations.sent(queued.device_id, command.tokens.timestamp);
    if (isRequested(queued)) {
      await this.store.append({
        stream: `device-${queued.device_id}`,
        expected: 'any',
        events: [{ type: 'CommandSent', ...refOf(queued) }],
        ...originOf({
          what: [queued.command_id, 'sent'],
          actor: SERVICE,
          time: now,
          correlationId: queued.correlation_id,
          causationId: queued.causation_id,
        }),
      });
    }
    return true;
  }

  /** What the Mac is told is the set at this moment, whenever the command was queued. */
  private async tokens({ device_id }: Enrollment, now: Instant): Promise<SyncTokens> {
    return tokensOf(await this.declarations.find(device_id), now);
  }

  private async owed(install: QueuedCommand, now: Instant): Promise<boolean> {
    const answer = await this.recheck.ask(install);
    if (answer === 'not_owed') {
      await this.queue.drop(install, 'no_longer_owed', now);
      await this.notSent.reportOf(install.device_id);
    }
    if (answer === 'unknown') await this.queue.postponePush(install, now);
    return answer === 'owed';
  }

  /** A Mac of this version does not have the command. The version of a watched install can be asked all the same. */
  private async skip(queued: QueuedCommand, now: Instant): Promise<void> {
    if (await this.watches.beginAnew(queued, now)) return;
    await this.queue.drop(queued, 'not_supported', now);
    await this.notSent.reportOf(queued.device_id);
  }
}
