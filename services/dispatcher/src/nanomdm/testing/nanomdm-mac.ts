import { type Reply, TestMac } from '../../testing/test-mac.js';
import type { FakeNanomdm } from './fake-nanomdm.js';

/** A Mac that is managed by NanoMDM, which takes both kinds of message at one address. */
export class ManagedMac extends TestMac {
  override put(_: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return super.put('/mdm', body, headers);
  }
}

/** One that connects again when it is pushed to, so that a test sees what it is sent in the end. */
export class WokenMac extends ManagedMac {
  constructor(
    private readonly nanomdm: FakeNanomdm,
    udid: string,
    osVersion?: string,
  ) {
    super(() => nanomdm.url, udid, osVersion);
  }

  override async put(path: string, body: string | Uint8Array, headers?: Readonly<Record<string, string>>) {
    const reply = await super.put(path, body, headers);
    await this.nanomdm.settled();
    return reply;
  }

  override async connect(status: string, commandUuid?: string, keys = ''): Promise<Reply> {
    let pushes = this.nanomdm.pushesTo(this.udid);
    let reply = await super.connect(status, commandUuid, keys);
    while (reply.text === '' && this.nanomdm.pushesTo(this.udid) > pushes) {
      pushes = this.nanomdm.pushesTo(this.udid);
      reply = await super.connect('Idle');
    }
    return reply;
  }
}
