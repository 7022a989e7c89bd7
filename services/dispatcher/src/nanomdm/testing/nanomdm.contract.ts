import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeCommand } from '@managed-os/apple-mdm';
import { reactionId } from '@managed-os/kernel';
import { until } from '../../testing/fixture.js';
import { string } from '../../testing/test-mac.js';
import { enqueuedBy, pushedBy, readApiAnswer } from '../api-answers.js';
import { isSigned, SIGNATURE, signatureOf } from '../signature.js';
import { parseWebhook } from '../webhook-event.js';
import type { NanomdmFlags } from './fake-nanomdm.js';
import { ManagedMac } from './nanomdm-mac.js';

export interface RunningNanomdm {
  readonly url: string;
  close(): Promise<void>;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Webhook {
  readonly topic: string;
  readonly created_at: string;
  readonly checkin_event?: About & { readonly token_update_tally?: number };
  readonly acknowledge_event?: About & { readonly status: string; readonly command_uuid?: string };
}

interface About {
  readonly ids: { readonly id: string; readonly parent_id?: string; readonly type: string };
  readonly udid: string;
  readonly raw_payload: string;
}

const [API_KEY, HMAC_KEY] = ['key-of-the-api', 'key-of-the-signatures'];

/** What we rely on of NanoMDM. It runs against the stand-in of the tests, and against the real one. */
export const nanomdmContract = (start: (flags: NanomdmFlags) => Promise<RunningNanomdm>): void => {
  let nanomdm: RunningNanomdm;
  let ours: Server;
  const requests: Request[] = [];
  /** What our side answers about declarations, by endpoint. */
  const answers = new Map<string, { readonly status: number; readonly text: string; readonly signature?: string }>();
  let webhookStatus = 200;
  let macs = 0;
  let commands = 0;

  beforeAll(async () => {
    ours = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url: path = '', headers } = request;
        requests.push({ method, path, headers, body: Buffer.concat(chunks) });
        if (path === '/webhook') return void response.writeHead(webhookStatus).end();
        const { status, text, signature } = answers.get(path.slice('/dm/'.length)) ?? { status: 404, text: 'none' };
        response.writeHead(status, { [SIGNATURE]: signature ?? signatureOf(text, HMAC_KEY) }).end(text);
      });
    });
    await new Promise<void>((resolve) => ours.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(ours.address() as AddressInfo).port}`;
    nanomdm = await start({
      apiKey: API_KEY,
      hmacKey: HMAC_KEY,
      webhookUrl: () => `${base}/webhook`,
      dmUrl: () => `${base}/dm/`,
    });
  });
  afterAll(async () => {
    await nanomdm.close();
    ours.closeAllConnections();
    await new Promise((resolve) => ours.close(resolve));
  });

  const newMac = (): ManagedMac => {
    macs += 1;
    return new ManagedMac(() => nanomdm.url, `00006021-${String(macs).padStart(16, '0')}`);
  };
  const enrolled = async (): Promise<ManagedMac> => {
    const mac = newMac();
    expect(await mac.authenticate()).toMatchObject({ status: 200, text: '' });
    expect(await mac.tokenUpdate()).toMatchObject({ status: 200, text: '' });
    return mac;
  };
  const api = async (method: string, path: string, body?: string, key = API_KEY) => {
    const authorization = `Basic ${Buffer.from(`nanomdm:${key}`).toString('base64')}`;
    const response = await fetch(`${nanomdm.url}${path}`, {
      method,
      headers: { authorization },
      ...(body !== undefined && { body }),
    });
    return { status: response.status, text: await response.text() };
  };
  const enqueue = (mac: ManagedMac, document: string) => api('PUT', `/v1/enqueue/${mac.udid}?nopush=1`, document);
  const scan = () => {
    commands += 1;
    const uuid = reactionId('contract', commands);
    return { uuid, document: writeCommand(uuid, { requestType: 'ScheduleOSUpdateScan', force: true }) };
  };
  const queued = async (mac: ManagedMac) => {
    const command = scan();
    expect(JSON.parse((await enqueue(mac, command.document)).text)).toMatchObject({
      no_push: true,
      command_uuid: command.uuid,
    });
    return command;
  };
  const webhooksOf = (mac: ManagedMac): readonly Webhook[] =>
    requests
      .filter(({ path }) => path === '/webhook')
      .map(({ body }) => JSON.parse(body.toString()) as Webhook)
      .filter((event) => (event.checkin_event ?? event.acknowledge_event)?.udid === mac.udid)
      .toSorted((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  const told = (mac: ManagedMac, count: number) =>
    until(() => (webhooksOf(mac).length >= count ? webhooksOf(mac) : undefined));

  describe('a webhook', () => {
    it('tells of each check-in: signed, with the bytes that the Mac sent, and when', async () => {
      const mac = await enrolled();
      const [first, second] = await told(mac, 2);
      expect(first).toMatchObject({
        topic: 'mdm.Authenticate',
        checkin_event: { udid: mac.udid, ids: { id: mac.udid, type: 'Device' } },
      });
      expect(Buffer.from(first?.checkin_event?.raw_payload ?? '', 'base64').toString()).toContain(
        '<string>Authenticate',
      );
      expect(second).toMatchObject({ topic: 'mdm.TokenUpdate', checkin_event: { token_update_tally: 1 } });
      expect(Math.abs(Date.now() - Date.parse(first?.created_at ?? ''))).toBeLessThan(60_000);
      const bodies = requests.filter(({ path }) => path === '/webhook');
      expect(bodies.map(({ body, headers }) => isSigned(body, headers[SIGNATURE], HMAC_KEY))).not.toContain(false);
      expect(bodies.map(({ body }) => parseWebhook(body).ok)).not.toContain(false);
    });

    it('counts the TokenUpdates of an enrollment, from 1 again after Authenticate', async () => {
      const mac = await enrolled();
      await mac.tokenUpdate();
      await told(mac, 3);
      await mac.authenticate();
      await mac.tokenUpdate('another');
      const tallies = (await told(mac, 5)).flatMap(({ checkin_event: event }) => event?.token_update_tally ?? []);
      expect(tallies).toEqual([1, 2, 1]);
    });

    it('tells of each connect, with status and command', async () => {
      const mac = await enrolled();
      const { uuid } = await queued(mac);
      await mac.idle();
      await mac.acknowledge(uuid);
      const connects = (await told(mac, 4)).flatMap(({ acknowledge_event: event }) => event ?? []);
      expect(connects).toMatchObject([{ status: 'Idle' }, { status: 'Acknowledged', command_uuid: uuid }]);
    });

    it("names a user's channel by Mac and user", async () => {
      const mac = await enrolled();
      await mac.tokenUpdate('magic-of-a-user', string('UserID', 'F151140B') + string('UserLongName', 'A User'));
      expect((await told(mac, 3)).at(-1)?.checkin_event?.ids).toMatchObject({
        id: `${mac.udid}:F151140B`,
        parent_id: mac.udid,
        type: 'User',
      });
    });

    it('comes once, whatever we answer', async () => {
      webhookStatus = 500;
      const mac = await enrolled();
      await told(mac, 2);
      webhookStatus = 200;
      await mac.idle();
      expect(await told(mac, 3)).toHaveLength(3);
    });
  });

  describe('a command that is queued', () => {
    it('is sent at each Idle, byte for byte, until it is answered', async () => {
      const mac = await enrolled();
      const { uuid, document } = await queued(mac);
      expect((await mac.idle()).text).toBe(document);
      expect((await mac.idle()).text).toBe(document);
      expect(await mac.acknowledge(uuid)).toMatchObject({ status: 200, text: '' });
      expect(await mac.idle()).toMatchObject({ status: 200, text: '' });
    });

    it('is not queued again by the same CommandUUID, not even when it was answered', async () => {
      const mac = await enrolled();
      const { uuid, document } = await queued(mac);
      for (const answered of [false, true]) {
        if (answered) await mac.acknowledge(uuid);
        const { status, text } = await enqueue(mac, document);
        expect(status).toBe(500);
        expect(enqueuedBy(readApiAnswer(status, text, mac.udid, 'command'))).toEqual({ kind: 'queued' });
      }
      expect(await mac.idle()).toMatchObject({ text: '' });
    });

    it('and put off stays; what comes after it is sent, and it is sent again at the next Idle', async () => {
      const mac = await enrolled();
      const [first, second] = [await queued(mac), await queued(mac)];
      await mac.idle();
      expect((await mac.connect('NotNow', first.uuid)).text).toBe(second.document);
      expect((await mac.acknowledge(second.uuid)).text).toBe(first.document);
      expect((await mac.idle()).text).toBe(first.document);
    });

    it('is gone when its Mac authenticates anew', async () => {
      const mac = await enrolled();
      await queued(mac);
      await mac.authenticate();
      await mac.tokenUpdate('another');
      expect(await mac.idle()).toMatchObject({ text: '' });
    });

    it('that the Mac could not read, and cannot name, is told all the same', async () => {
      const mac = await enrolled();
      expect((await mac.connect('CommandFormatError')).status).toBe(500);
      expect((await told(mac, 3)).at(-1)?.acknowledge_event).toMatchObject({ status: 'CommandFormatError' });
    });

    it('that is none is refused', async () => {
      const { status, text } = await enqueue(await enrolled(), 'nonsense');
      expect(status).toBe(500);
      expect(enqueuedBy(readApiAnswer(status, text, 'x', 'command'))).toMatchObject({ kind: 'failed' });
    });
  });

  // Of its key-value storage, which is the one that it has by itself. We do not rely on them, but have to live with them.
  describe('a fault of its queue', () => {
    it('a command that was answered is sent again, behind one that is put off', async () => {
      const mac = await enrolled();
      const [first, second] = [await queued(mac), await queued(mac)];
      await mac.connect('NotNow', first.uuid);
      await mac.acknowledge(second.uuid);
      expect((await mac.connect('NotNow', first.uuid)).text).toBe(second.document);
    });

    it('a report that comes again empties it', async () => {
      const mac = await enrolled();
      const { uuid } = await queued(mac);
      await mac.acknowledge(uuid);
      await queued(mac);
      await mac.acknowledge(uuid);
      expect((await mac.idle()).text).toBe('');
    });
  });

  describe('the API', () => {
    it('refuses another key with 401', async () => {
      const { status, text } = await api('PUT', '/v1/enqueue/x?nopush=1', scan().document, 'another key');
      expect(status).toBe(401);
      expect(enqueuedBy(readApiAnswer(status, text, 'x', 'command'))).toEqual({
        kind: 'failed',
        reason: 'NANOMDM_API_KEY is not the key of its API',
      });
    });

    it('says of a Mac that it cannot push to why, and it is no word about its token', async () => {
      const mac = newMac();
      const { status, text } = await api('GET', `/v1/push/${mac.udid}`);
      expect(status).toBe(500);
      expect(pushedBy(readApiAnswer(status, text, mac.udid, 'push'))).toMatchObject({ kind: 'later' });
    });
  });

  describe('what is asked about declarations', () => {
    const asked = (path: string): Request => {
      const request = requests.findLast((one) => one.path === `/dm/${path}`);
      if (!request) throw new Error(`nobody asked for ${path}`);
      return request;
    };

    it('comes to us under its endpoint, signed, in the name of the Mac; the answer goes back as it is', async () => {
      const mac = await enrolled();
      answers.set('tokens', { status: 200, text: '{"SyncTokens":{}}' });
      answers.set('declaration/configuration/managed-os.x', { status: 200, text: '{}' });
      expect(await mac.declarative('tokens')).toMatchObject({ status: 200, text: '{"SyncTokens":{}}' });
      expect(await mac.declarative('declaration/configuration/managed-os.x')).toMatchObject({
        status: 200,
        text: '{}',
      });
      const request = asked('tokens');
      expect(request.method).toBe('GET');
      expect(request.headers).toMatchObject({ 'x-enrollment-id': mac.udid, 'x-enrollment-type': 'Device' });
      expect(request.headers['x-enrollment-parentid']).toBeUndefined();
      expect(isSigned(request.body, request.headers[SIGNATURE], HMAC_KEY)).toBe(true);
    });

    it('a status report comes as it is', async () => {
      const mac = await enrolled();
      answers.set('status', { status: 200, text: '' });
      expect(await mac.declarative('status', { StatusItems: {} })).toMatchObject({ status: 200, text: '' });
      const { method, headers, body } = asked('status');
      expect(method).toBe('PUT');
      expect(body.toString()).toBe('{"StatusItems":{}}');
      expect(isSigned(body, headers[SIGNATURE], HMAC_KEY)).toBe(true);
    });

    it("a user's channel names its Mac beside it", async () => {
      const mac = await enrolled();
      await mac.declarative('tokens', undefined, string('UserID', 'F151140B'));
      expect(asked('tokens').headers).toMatchObject({
        'x-enrollment-id': `${mac.udid}:F151140B`,
        'x-enrollment-parentid': mac.udid,
      });
    });

    it('a 404 of ours becomes a 500, and so does an answer that is not signed (trap 7)', async () => {
      const mac = await enrolled();
      answers.set('declaration-items', { status: 200, text: '{}', signature: 'AAAA' });
      expect((await mac.declarative('declaration/configuration/gone')).status).toBe(500);
      expect((await mac.declarative('declaration-items')).status).toBe(500);
    });
  });
};
