import { createServer, type Server } from 'node:http';
import { mkdtemp } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Controller, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { type DevicesEvent, type Envelope, updates, type UpdatesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { instant, reactionId } from '@managed-os/kernel';
import { ManualClock } from '@managed-os/kernel/testing';
import { DATABASE, EVENT_STORE, ServiceConfig } from '@managed-os/service-host';
import { startTestService, type TestService } from '@managed-os/service-host/testing';
import type { OpenObligation } from '../commands/recheck.js';
import { FakeNanomdm } from '../nanomdm/testing/fake-nanomdm.js';
import { WokenMac } from '../nanomdm/testing/nanomdm-mac.js';
import { dispatcherService } from '../service.js';
import type { Db } from '../tables.js';
import { TestMac } from './test-mac.js';

export const START = instant(1_662_789_600_000);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** What the stand-in for `deadlines` answers; `undefined`: it does not. */
let owed: ((deviceId: string) => Partial<OpenObligation>) | undefined;

@Controller()
class Owing {
  @MessagePattern('mos.rpc.deadlines.open_obligation')
  async answer(@Payload() { deviceId }: { deviceId: string }) {
    if (!owed) throw new Error('this stand-in does not answer');
    return { asOf: START, obligationId: null, status: 'compliant', target: null, ...owed(deviceId) };
  }
}

@Module({ controllers: [Owing] })
class RequesterModule {}

/** The dispatcher on real servers, with somebody who requests things of it over the bus, and a push service. */
export class Fixture {
  readonly pushes: { readonly token: string; readonly body: string }[] = [];
  pushStatus = 200;
  private macs = 0;
  private requests = 0;

  private constructor(
    readonly service: TestService,
    readonly requester: TestService,
    readonly clock: ManualClock,
    private readonly pushServer: Server,
    /** The server that Macs speak to, when it is not ours. */
    private readonly foreign?: FakeNanomdm,
  ) {
    pushServer.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.pushes.push({ token: request.url?.split('/').at(-1) ?? '', body: Buffer.concat(chunks).toString() });
        const reason = this.pushStatus === 410 ? 'Unregistered' : 'InternalServerError';
        response.writeHead(this.pushStatus).end(JSON.stringify({ reason }));
      });
    });
  }

  static start(env: Readonly<Record<string, string>> = {}): Promise<Fixture> {
    return Fixture.with((pushUrl) => ({ PUSH_URL: pushUrl, HELD_REPLY_MS: '400', ...env }));
  }

  /** Macs speak to NanoMDM, which speaks to us. */
  static async besideNanomdm(): Promise<Fixture> {
    const [apiKey, hmacKey] = ['key-of-the-api', 'key-of-the-signatures'];
    const ours = { url: () => '' };
    const door = (path: string) => () => `${ours.url()}/nanomdm/${path}`;
    const nanomdm = await FakeNanomdm.start({
      apiKey,
      hmacKey,
      webhookUrl: door('webhook'),
      dmUrl: door('declarations/'),
    });
    const env = {
      DISPATCHER_MODE: 'nanomdm',
      NANOMDM_URL: nanomdm.url,
      NANOMDM_API_KEY: apiKey,
      NANOMDM_HMAC_KEY: hmacKey,
    };
    const fixture = await Fixture.with(() => env, nanomdm);
    ours.url = () => fixture.service.url;
    return fixture;
  }

  private static async with(
    envOf: (pushUrl: string) => Readonly<Record<string, string>>,
    foreign?: FakeNanomdm,
  ): Promise<Fixture> {
    const clock = new ManualClock(START);
    const pushServer = createServer();
    await new Promise<void>((resolve) => pushServer.listen(0, '127.0.0.1', resolve));
    const migrations = pathToFileURL(`${await mkdtemp(path.join(tmpdir(), 'managed-os-requester-'))}/`);
    const definition = {
      name: 'progress',
      context: updates,
      config: ServiceConfig,
      migrations,
      projections: [],
      module: RequesterModule,
    };
    const requester = await startTestService(definition, { clock, env: { LOG_LEVEL: 'silent' } });
    const service = await startTestService(dispatcherService, {
      clock,
      natsUrl: requester.natsUrl,
      env: {
        BOOTSTRAP_TOKEN_KEY: Buffer.alloc(32, 7).toString('base64'),
        LOG_LEVEL: 'silent',
        ...envOf(`http://127.0.0.1:${(pushServer.address() as AddressInfo).port}`),
      },
    });
    return new Fixture(service, requester, clock, pushServer, foreign);
  }

  /** What a Mac is answered that asks for a declaration that is not in its set: NanoMDM makes 500 of 404 (trap 7). */
  get gone(): number {
    return this.foreign ? 500 : 404;
  }

  /** The NanoMDM that Macs speak to. */
  get nanomdm(): FakeNanomdm {
    if (!this.foreign) throw new Error('Macs speak to the dispatcher here');
    return this.foreign;
  }

  mac(osVersion?: string): TestMac {
    this.macs += 1;
    const udid = `00006020-${String(this.macs).padStart(16, '0')}`;
    return this.foreign
      ? new WokenMac(this.foreign, udid, osVersion)
      : new TestMac(() => this.service.url, udid, osVersion);
  }

  async enrolledMac(osVersion?: string): Promise<TestMac> {
    const mac = this.mac(osVersion);
    await mac.enroll();
    return mac;
  }

  get db(): Db {
    return this.service.app.get<Db>(DATABASE);
  }

  envelopes(mac: TestMac): Promise<readonly Envelope<DevicesEvent>[]> {
    return this.stream(`device-${mac.deviceId}`);
  }

  stream(name: string): Promise<readonly Envelope<DevicesEvent>[]> {
    return this.service.app.get<EventStore<DevicesEvent>>(EVENT_STORE).readStream(name);
  }

  /** What became known of a Mac, in order. */
  async events(mac: TestMac): Promise<readonly DevicesEvent[]> {
    return (await this.envelopes(mac)).map(({ data }) => data);
  }

  async named<N extends DevicesEvent['type']>(
    mac: TestMac,
    name: N,
  ): Promise<readonly Extract<DevicesEvent, { type: N }>[]> {
    return (await this.events(mac)).filter((event): event is Extract<DevicesEvent, { type: N }> => event.type === name);
  }

  /** Lets `progress` ask for something; answers the id of the event. It arrives over the bus. */
  async request(event: UpdatesEvent): Promise<string> {
    this.requests += 1;
    const id = reactionId('request', this.requests);
    await this.requester.app.get<EventStore<UpdatesEvent>>(EVENT_STORE).append({
      stream: `device_update-${event.deviceId}`,
      expected: 'any',
      events: [event],
      cause: { correlationId: id, actor: 'service:progress', time: this.clock.now(), idOf: () => id },
    });
    return id;
  }

  /** As `request`, and resolves when the dispatcher has the row. */
  async requested(event: Extract<UpdatesEvent, { type: 'CommandRequested' }>): Promise<string> {
    const id = await this.request(event);
    await until(() => this.db.selectFrom('commands').select('state').where('request_id', '=', id).executeTakeFirst());
    return reactionId(id, 'dispatcher', 'command');
  }

  owes(answer: typeof owed): void {
    owed = answer;
  }

  /** Whoever asks is told that this Mac owes what was requested of it. */
  owesInstall(mac: TestMac): void {
    this.owes(() => ({ obligationId: obligationOf(mac), status: 'due', target: '12.6' }));
  }

  /** How often this Mac was woken. */
  pushesTo(mac: TestMac): number {
    const token = Buffer.from(`token-${mac.udid}`).toString('hex');
    return this.foreign?.pushesTo(mac.udid) ?? this.pushes.filter((push) => push.token === token).length;
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.foreign?.close();
    await this.requester.close();
    await new Promise((resolve) => this.pushServer.close(resolve));
  }
}

/** Waits for a condition that holds within 10 s, or fails naming it. */
export const until = async <T>(condition: () => Promise<T> | T): Promise<NonNullable<T>> => {
  for (const began = performance.now(); performance.now() - began < 10_000;) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`never true: ${condition.toString()}`);
};

/** A request for a command, with one knob. */
export const commandRequested = (
  mac: TestMac,
  more: Partial<Extract<UpdatesEvent, { type: 'CommandRequested' }>> = {},
): Extract<UpdatesEvent, { type: 'CommandRequested' }> => ({
  type: 'CommandRequested',
  deviceId: mac.deviceId,
  obligationId: obligationOf(mac),
  attempt: 1,
  try: 1,
  kind: 'scan',
  ...more,
});

/** A request for an install, which is only sent while it is owed. */
export const installRequested = (mac: TestMac) =>
  commandRequested(mac, { kind: 'install', productKey: 'MSU', installAction: 'InstallASAP' });

export const obligationOf = (mac: TestMac): string => reactionId('obligation', mac.deviceId);
