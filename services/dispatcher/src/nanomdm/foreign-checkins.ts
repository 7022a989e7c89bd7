import type { Authenticate, CheckinMessage, TokenUpdate } from '@managed-os/apple-mdm';
import { deviceIdOf, type Instant } from '@managed-os/kernel';
import type { Checkin } from '../enrollment/checkin.js';
import type { Enrollments } from '../enrollment/enrollments.js';
import type { Presence } from '../silence/presence.js';
import type { Enrollment } from '../tables.js';
import { type ForeignMacs, macIn } from './foreign-macs.js';
import type { KeptTokens } from './kept-tokens.js';

/** Check-ins that NanoMDM took and tells of: once each, or never, or twice, and in any order. */
export class ForeignCheckins {
  constructor(
    private readonly macs: ForeignMacs,
    private readonly enrollments: Enrollments,
    private readonly checkin: Checkin,
    private readonly tokens: KeptTokens,
    private readonly presence: Presence,
  ) {}

  /** `at`: when NanoMDM took it. `tokenUpdates`: how many there were in this enrollment. */
  async take(
    message: CheckinMessage,
    at: Instant,
    tokenUpdates: number | undefined,
    correlationId: string,
  ): Promise<void> {
    const udid = macIn(message.sender);
    if (udid === undefined) return;
    if (message.type === 'Authenticate') {
      await this.tokens.forget(deviceIdOf(udid), at);
      await this.macs.begin(message, at);
      return;
    }
    if (message.type === 'SetBootstrapToken')
      await this.tokens.set(deviceIdOf(udid), message.bootstrapToken !== undefined, at);
    const mac = await this.macs.known(udid, at);
    if (!mac) return;
    switch (message.type) {
      case 'TokenUpdate':
        return this.tokenUpdate(mac, message, at, tokenUpdates, correlationId);
      case 'CheckOut':
        if (await this.macs.isNews(mac.device_id, at)) await this.checkin.take(mac, message, correlationId);
        return;
      case 'SetBootstrapToken':
        await this.presence.heard(mac, correlationId);
        return this.tokens.tell(mac.device_id, correlationId);
      case 'GetBootstrapToken':
      case 'UserAuthenticate':
      case 'DeclarativeManagement':
        // NanoMDM answers these, or asks us for what to answer.
        return this.presence.heard(mac, correlationId);
    }
  }

  private async tokenUpdate(
    before: Enrollment,
    message: TokenUpdate,
    at: Instant,
    tokenUpdates: number | undefined,
    correlationId: string,
  ): Promise<void> {
    const { device_id } = before;
    if (!(await this.macs.isNews(device_id, at))) return;
    // An Authenticate that was on its way has come to its end by now.
    const mac = (await this.enrollments.find(device_id)) ?? before;
    if (missedAuthenticate(mac, message, tokenUpdates)) {
      await this.tokens.forget(device_id, at);
      await this.macs.begin(authenticateOf(mac, message), at);
    }
    await this.checkin.take((await this.enrollments.find(device_id)) ?? mac, message, correlationId);
    await this.tokens.tell(device_id, correlationId);
  }
}

/** The first TokenUpdate of an enrollment that is not the one we know: each brings another PushMagic. */
const missedAuthenticate = (mac: Enrollment, { pushMagic }: TokenUpdate, tokenUpdates: number | undefined): boolean =>
  tokenUpdates === 1 && mac.state === 'enrolled' && mac.push_magic !== null && mac.push_magic !== pushMagic;

/** What the Mac said of itself before; it is asked anew. */
const authenticateOf = (mac: Enrollment, { sender, topic, keys }: TokenUpdate): Authenticate => ({
  type: 'Authenticate',
  sender,
  topic,
  keys,
  ...(mac.name !== null && { deviceName: mac.name }),
  ...(mac.model !== null && { model: mac.model }),
  ...(mac.os_version !== null && { osVersion: mac.os_version }),
  ...(mac.os_build !== null && { buildVersion: mac.os_build }),
  ...(mac.serial_number !== null && { serialNumber: mac.serial_number }),
});
