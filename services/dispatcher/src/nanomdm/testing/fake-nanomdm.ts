import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CheckinMessage, parseCheckin, parseConnect, parsePlist, type Sender } from '@managed-os/apple-mdm';
import { reactionId } from '@managed-os/kernel';
import { signatureOf } from '../signature.js';

/** What NanoMDM is started with. */
export interface NanomdmFlags {
  readonly apiKey: string;
  readonly hmacKey: string;
  /** `-webhook-url` */
  readonly webhookUrl: () => string;
  /** `-dm`, with its slash at the end. */
  readonly dmUrl: () => string;
}

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly type?: string;
}

interface Queued {
  readonly uuid: string;
  readonly document: string;
  putOff: boolean;
}

interface Device {
  tokenUpdates: number;
  reachable: boolean;
  queue: Queued[];
  /** Answered, and still linked behind the last of the queue: a fault of its storage. */
  ghost?: Queued | undefined;
}

const CHECKIN = 'application/x-apple-aspen-mdm-checkin';

/** Behaves like NanoMDM with its key-value storage, in what our side sees of it; its contract also runs against the real one. */
export class FakeNanomdm {
  /** Whom it was asked to push to, in order. */
  readonly pushes: string[] = [];
  /** What it says of pushes; `undefined`: Apple takes them. */
  pushError: string | undefined;
  /** Its API does not answer. */
  away = false;
  /** Webhooks are lost on their way. */
  mute = false;
  private readonly devices = new Map<string, Device>();
  private readonly commands = new Set<string>();
  private readonly underWay = new Set<Promise<unknown>>();
  private events = 0;

  private constructor(
    private readonly server: Server,
    private readonly flags: NanomdmFlags,
  ) {
    server.on('request', (request, response) => {
      const path = request.url ?? '';
      if (this.away && path.startsWith('/v1/')) return void request.socket.destroy();
      void bodyOf(request)
        .then((body) => this.answer(request, path, body))
        .catch(() => ({ status: 500, body: 'Internal Server Error\n' }))
        .then(({ status, body, type }: Answer) =>
          response.writeHead(status, { 'content-type': type ?? 'text/plain' }).end(body),
        );
    });
  }

  static async start(flags: NanomdmFlags): Promise<FakeNanomdm> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeNanomdm(server, flags);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  pushesTo(udid: string): number {
    return this.pushes.filter((id) => id === udid).length;
  }

  /** The CommandUUIDs that lie there for this device. */
  queueOf(udid: string): readonly string[] {
    return this.device(udid).queue.map(({ uuid }) => uuid);
  }

  /** Resolves when every webhook was answered. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /** Tells of what a device said, as of `at`; answers the status of the other side. */
  async tell(body: string | Buffer, at = new Date(), more: Readonly<Record<string, unknown>> = {}): Promise<number> {
    const connect = parseConnect(Buffer.from(body));
    const about = connect.ok ? connect.value : accept(parseCheckin(Buffer.from(body)));
    this.events += 1;
    const { sender } = about;
    const event = {
      ids: idsOf(sender),
      ...(sender.udid !== undefined && { udid: sender.udid }),
      raw_payload: Buffer.from(body).toString('base64'),
      ...more,
    };
    const topic = 'status' in about ? 'mdm.Connect' : `mdm.${about.type}`;
    const text = JSON.stringify({
      ...('status' in about
        ? { acknowledge_event: { ...event, status: about.status, command_uuid: about.commandUuid } }
        : { checkin_event: event }),
      created_at: at.toISOString(),
      event_id: String(this.events),
      topic,
    });
    const response = await fetch(this.flags.webhookUrl(), {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'x-hmac-signature': signatureOf(text, this.flags.hmacKey),
      },
      body: text,
    });
    return response.status;
  }

  async close(): Promise<void> {
    await this.settled();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, path: string, body: Buffer): Promise<Answer> {
    if (path.startsWith('/v1/')) return this.api(request, path, body);
    if (path !== '/mdm') return { status: 404 };
    if (!request.headers['content-type']?.startsWith(CHECKIN)) return this.connect(body);
    const message = accept(parseCheckin(body));
    const answer = await this.checkin(message);
    const tally = this.device(idsOf(message.sender).id).tokenUpdates;
    this.webhook(body, message.type === 'TokenUpdate' ? { token_update_tally: tally } : {});
    return answer;
  }

  private async checkin(message: CheckinMessage): Promise<Answer> {
    const { id } = idsOf(message.sender);
    const device = this.device(id);
    switch (message.type) {
      case 'Authenticate':
        this.devices.set(id, { tokenUpdates: 0, reachable: false, queue: [] });
        return { status: 200 };
      case 'TokenUpdate':
        device.tokenUpdates += 1;
        device.reachable = true;
        return { status: 200 };
      case 'DeclarativeManagement':
        return this.declarative(message, id);
      case 'UserAuthenticate':
        return { status: 410, body: 'Gone\n' };
      case 'CheckOut':
      case 'SetBootstrapToken':
      case 'GetBootstrapToken':
        return { status: 200 };
    }
  }

  private async declarative(message: CheckinMessage & { type: 'DeclarativeManagement' }, id: string): Promise<Answer> {
    const body = Buffer.from(message.data ?? []);
    const { parent_id: parent } = idsOf(message.sender);
    const response = await fetch(new URL(message.endpoint, this.flags.dmUrl()), {
      method: body.length > 0 ? 'PUT' : 'GET',
      headers: {
        'x-enrollment-id': id,
        'x-enrollment-type': parent === undefined ? 'Device' : 'User',
        ...(parent !== undefined && { 'x-enrollment-parentid': parent }),
        'x-hmac-signature': signatureOf(body, this.flags.hmacKey),
        ...(body.length > 0 && { 'content-type': 'application/json' }),
      },
      ...(body.length > 0 && { body }),
    });
    const text = await response.text();
    const signed = response.headers.get('x-hmac-signature') === signatureOf(text, this.flags.hmacKey);
    if (response.status !== 200 || !signed) return { status: 500, body: `Internal Server Error\n${text}` };
    return { status: 200, body: text };
  }

  /** What it has for the device, in order. What the device put off is passed over until it begins anew. */
  private connect(body: Buffer): Answer {
    const report = accept(parseConnect(body));
    const device = this.device(idsOf(report.sender).id);
    this.webhook(body);
    const { status, commandUuid } = report;
    if (status !== 'Idle' && commandUuid === undefined) return { status: 500, body: 'Internal Server Error\n' };
    if (commandUuid !== undefined && status !== 'NotNow') unlink(device, commandUuid);
    const reported = device.queue.find(({ uuid }) => uuid === commandUuid);
    if (reported) reported.putOff = true;
    const linked = [...device.queue, ...(device.ghost ? [device.ghost] : [])];
    const next = linked.find(({ putOff }) => !putOff || status !== 'NotNow');
    return { status: 200, body: next?.document ?? '', type: 'application/xml' };
  }

  private api({ headers }: IncomingMessage, path: string, body: Buffer): Answer {
    const { pathname, searchParams } = new URL(path, this.url);
    const [, , what, id = ''] = pathname.split('/');
    if (headers.authorization !== `Basic ${Buffer.from(`nanomdm:${this.flags.apiKey}`).toString('base64')}`)
      return { status: 401, body: 'Unauthorized\n' };
    const udid = decodeURIComponent(id);
    if (what === 'push') return json(this.push(udid));
    if (what !== 'enqueue') return { status: 404 };
    const enqueued = this.enqueue(udid, body.toString());
    if ('command_error' in enqueued || searchParams.get('nopush') === '1')
      return json({ ...enqueued, ...(searchParams.get('nopush') === '1' && { no_push: true }) });
    return json({ ...this.push(udid), ...enqueued });
  }

  private enqueue(udid: string, document: string): Readonly<Record<string, unknown>> {
    const command = parsePlist(Buffer.from(document));
    const uuid = command.ok && command.value instanceof Map ? command.value.get('CommandUUID') : undefined;
    if (typeof uuid !== 'string') return { command_error: 'decoding command: invalid command' };
    if (this.commands.has(uuid)) return { command_error: `command already exists: ${uuid}`, command_uuid: uuid };
    this.commands.add(uuid);
    const device = this.device(udid);
    device.queue.push({ uuid, document, putOff: false });
    device.ghost = undefined;
    return { command_uuid: uuid };
  }

  private push(udid: string): Readonly<Record<string, unknown>> {
    this.pushes.push(udid);
    const { pushError } = this;
    if (!this.device(udid).reachable) return { status: { [udid]: { push_error: 'push data missing for id' } } };
    return pushError === undefined
      ? { status: { [udid]: { push_result: reactionId(udid, this.pushes.length) } } }
      : { status: { [udid]: { push_error: pushError } } };
  }

  private webhook(body: Buffer, more: Readonly<Record<string, unknown>> = {}): void {
    if (this.mute) return;
    const sending = this.tell(body, new Date(), more)
      .catch(() => undefined)
      .finally(() => this.underWay.delete(sending));
    this.underWay.add(sending);
  }

  private device(id: string): Device {
    const device = this.devices.get(id) ?? { tokenUpdates: 0, reachable: false, queue: [] };
    this.devices.set(id, device);
    return device;
  }
}

/** Takes a command that was answered out of the queue, with what goes wrong in it there. */
const unlink = (device: Device, uuid: string): void => {
  const place = device.queue.findIndex((one) => one.uuid === uuid);
  // What is in no queue counts as its only command.
  if (place < 0) device.queue = [];
  if (place < 0) device.ghost = undefined;
  const isLast = place === device.queue.length - 1;
  const [answered] = place < 0 ? [] : device.queue.splice(place, 1);
  if (isLast && device.queue.length > 0) device.ghost = answered;
};

const idsOf = ({ udid = '', userId }: Sender) =>
  userId === undefined ? { id: udid, type: 'Device' } : { id: `${udid}:${userId}`, parent_id: udid, type: 'User' };

/** 500 when anything went wrong with the one device that was named, 200 else. */
const json = (result: Readonly<Record<string, unknown>>): Answer => {
  const body = JSON.stringify(result);
  return { status: /"(command|push)_error"/.test(body) ? 500 : 200, body, type: 'application/json' };
};

const accept = <T>(parsed: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!parsed.ok) throw new Error('malformed');
  return parsed.value;
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};
