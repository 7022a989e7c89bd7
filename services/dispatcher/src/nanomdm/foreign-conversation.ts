import type { ConnectReport } from '@managed-os/apple-mdm';
import type { Instant } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import { outcomeOf } from '../commands/answers.js';
import type { Settling } from '../commands/settling.js';
import type { Enrollments } from '../enrollment/enrollments.js';
import type { Presence } from '../silence/presence.js';
import type { Clock } from '@managed-os/kernel';
import type { Enrollment } from '../tables.js';
import { type ForeignMacs, macIn } from './foreign-macs.js';
import type { HandOver } from './hand-over.js';
import type { HandedOver } from './handed-over.js';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** One turn of a conversation that NanoMDM has with a Mac: what the Mac reported is settled, then NanoMDM gets what is due. */
export class ForeignConversation {
  constructor(
    private readonly macs: ForeignMacs,
    private readonly enrollments: Enrollments,
    private readonly presence: Presence,
    private readonly settling: Settling,
    private readonly handedOver: HandedOver,
    private readonly handOver: HandOver,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /** `at`: when NanoMDM heard it. */
  async turn(report: ConnectReport, at: Instant, correlationId: string): Promise<void> {
    const udid = macIn(report.sender);
    if (udid === undefined) return;
    const mac = await this.macs.connected(report, udid, at, correlationId);
    if (!mac) return;
    await this.presence.heard(mac, correlationId);
    if (report.status === 'Idle') await this.handedOver.conversationBegan(mac.device_id, at);
    else await this.settle(mac, report);
    // A Mac that puts off one command puts off the next one, too.
    if (report.status === 'NotNow') return;
    const awake = outcomeOf(report.status) !== undefined;
    if (awake) await this.handedOver.wakeForPutOff(mac.device_id, this.clock.now());
    await this.handOver.to((await this.enrollments.find(mac.device_id)) ?? mac, { at, awake });
  }

  private async settle(mac: Enrollment, report: ConnectReport): Promise<void> {
    const { commandUuid: uuid, status } = report;
    if (uuid === undefined) {
      await this.settling.settle(mac, report);
      return;
    }
    const commandId = UUID.test(uuid) ? await this.handedOver.commandOf(uuid, mac.device_id) : undefined;
    if (commandId === undefined) {
      this.log.debug({ deviceId: mac.device_id, commandId: uuid, status }, "a report on somebody else's command");
      return;
    }
    if (status === 'NotNow') await this.handedOver.putOff(commandId);
    await this.settling.settle(mac, { ...report, commandUuid: commandId });
  }
}
