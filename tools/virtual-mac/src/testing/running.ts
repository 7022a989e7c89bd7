import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@managed-os/kernel/testing';
import { addressOf } from '../chance.js';
import type { Proof } from '../door.js';
import type { Fleet } from '../fleet.js';
import { type RunningFleet, startFleet } from '../start-fleet.js';
import { START } from './one-mac.js';
import { startTinyMdmServer, type TinyMdmServer } from './tiny-mdm-server.js';

export type Answering = Parameters<typeof startTinyMdmServer>[0];

/** A fleet, a server it talks to over real sockets, and a clock that a spec moves. */
export class Running {
  readonly clock = new ManualClock(START);
  readonly log: string[] = [];

  private constructor(
    readonly server: TinyMdmServer,
    private readonly fleet: Fleet,
    private readonly folder: string,
    private readonly withIdentity: boolean,
    private readonly proof: Proof,
    public macs: RunningFleet,
  ) {}

  static async start(
    fleet: Fleet,
    answer: Answering,
    how: { readonly isSecure?: boolean; readonly withIdentity?: boolean; readonly proof?: Proof } = {},
  ): Promise<Running> {
    const isSecure = how.isSecure ?? false;
    const withIdentity = how.withIdentity ?? (isSecure || how.proof !== undefined);
    const server = await startTinyMdmServer(answer, { isSecure, asksForCertificate: how.proof !== 'signature' });
    const folder = mkdtempSync(join(tmpdir(), 'virtual-mac-'));
    const idle = {
      pushPort: 0,
      macs: () => [],
      settled: noWork,
      stop: noWork,
      broken: new Promise<never>(() => undefined),
    };
    const running = new Running(server, fleet, folder, withIdentity, how.proof ?? 'certificate', idle);
    await running.restart();
    return running;
  }

  /** Stops the fleet and starts it again on the same folder. */
  async restart(): Promise<void> {
    await this.macs.stop();
    this.macs = await startFleet({
      fleet: this.fleet,
      server: this.server.url,
      ...(this.withIdentity ? { ca: this.server.ca } : {}),
      proof: this.proof,
      clock: this.clock,
      stateDir: this.folder,
      pushPort: 0,
      log: (line) => this.log.push(line),
    });
    await this.macs.settled();
  }

  /** Minute by minute, as a clock does; every Mac finishes what it has to do before the next one. */
  async pass(minutes: number, step = 1): Promise<void> {
    for (let left = minutes; left > 0; left -= step) {
      this.clock.advance(Math.min(step, left) * 60_000);
      await this.macs.settled();
    }
  }

  async push(index = 0, { magic, body }: { readonly magic?: string; readonly body?: string } = {}): Promise<number> {
    const mac = this.fleet.macs[index];
    if (!mac) throw new Error('no such Mac');
    const response = await fetch(
      `http://127.0.0.1:${this.macs.pushPort}/3/device/${addressOf(mac).token.toString('hex')}`,
      { method: 'POST', body: body ?? JSON.stringify({ mdm: magic ?? addressOf(mac).magic }) },
    );
    await this.macs.settled();
    return response.status;
  }

  get summaryFile(): string {
    return join(this.folder, 'fleet.json');
  }

  /** What the server heard since the last look, shortened: check-ins by type, the rest by status. */
  heard(): readonly string[] {
    const all = this.server.heard.map(({ message }) => String(message['MessageType'] ?? message['Status']));
    const fresh = all.slice(this.looked);
    this.looked = all.length;
    return fresh;
  }
  private looked = 0;

  async stop(): Promise<void> {
    await this.macs.stop();
    await this.server.close();
    rmSync(this.folder, { recursive: true });
  }
}

const noWork = (): Promise<void> => Promise.resolve();
