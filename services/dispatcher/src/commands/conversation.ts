import type { ConnectReport } from '@managed-os/apple-mdm';
import type { RealTime } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import type { MacIdentity } from '../enrollment/certificate.js';
import type { Enrollments } from '../enrollment/enrollments.js';
import type { Presence } from '../silence/presence.js';
import type { Enrollment } from '../tables.js';
import type { Delivery } from './delivery.js';
import type { HeldReplies } from './held-replies.js';
import type { Settling } from './settling.js';

/** How often a held reply looks by itself: another replica may have queued the command. */
const LOOK_AGAIN = 250;

/** One turn of a conversation: what the Mac reports is settled, then it gets its next command, if there is one. */
export class Conversation {
  constructor(
    private readonly enrollments: Enrollments,
    private readonly presence: Presence,
    private readonly settling: Settling,
    private readonly delivery: Delivery,
    private readonly held: HeldReplies,
    private readonly real: RealTime,
    private readonly log: Logger,
    private readonly holdMillis: number,
  ) {}

  /** The document to answer with; `undefined`: an empty 200, which ends the conversation. */
  async turn(report: ConnectReport, identity: MacIdentity, correlationId: string): Promise<string | undefined> {
    const mac = await this.enrollments.known(report.sender.udid, identity);
    await this.presence.heard(mac, correlationId);
    if (report.sender.userId !== undefined || mac.state !== 'enrolled') {
      // No command goes out on the user channel, and none before the enrollment is complete.
      if (report.status !== 'Idle')
        this.log.warn({ deviceId: mac.device_id, status: report.status }, 'a report out of place');
      return undefined;
    }
    if (report.status === 'Idle') return this.delivery.next(mac, true);
    const settled = await this.settling.settle(mac, report);
    // As the last status of a conversation NotNow makes the Mac come back by itself; a further command would undo that.
    if (report.status === 'NotNow') return undefined;
    // A Mac that repeats itself did not hear our answer, and may have restarted since: the conversation begins anew.
    return settled === 'news' ? this.hold(mac) : this.delivery.next(mac, settled === 'repeated');
  }

  /** Others may answer the news with this Mac's next command: waits for it a moment, so that no push is needed. */
  private async hold(before: Enrollment): Promise<string | undefined> {
    const end = this.real.elapsed() + this.holdMillis;
    for (;;) {
      const mac = (await this.enrollments.find(before.device_id)) ?? before;
      if (mac.state !== 'enrolled') return undefined;
      const document = await this.delivery.next(mac, false);
      const left = end - this.real.elapsed();
      if (document !== undefined || left <= 0) return document;
      await this.held.wait(before.device_id, Math.min(left, LOOK_AGAIN));
    }
  }
}
