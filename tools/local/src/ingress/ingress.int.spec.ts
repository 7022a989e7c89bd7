import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { type Identity, LocalAuthority } from '../authority/local-authority.js';
import { type Ingress, startIngress } from './ingress.js';
import type { ServiceName } from './routes.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-ingress-'));
const ports = new Map<ServiceName, number>();
const servers: Server[] = [];
let authority: LocalAuthority;
let ingress: Ingress;
let mac: Identity;

const listen = async (service: ServiceName, listener: RequestListener): Promise<void> => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  ports.set(service, (server.address() as AddressInfo).port);
};

/** Answers with what reached it. */
const echo =
  (name: string): RequestListener =>
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ name, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
  };

const answerOf = (incoming: IncomingMessage): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }));
    incoming.on('error', reject);
  });

const plain = (method: string, url: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> =>
  new Promise((resolve, reject) => {
    httpRequest({ port: ingress.port, host: '127.0.0.1', method, path: url, headers, agent: false }, (incoming) =>
      resolve(answerOf(incoming)),
    )
      .on('error', reject)
      .end(body);
  });

const secure = (
  method: string,
  url: string,
  identity: Partial<Identity>,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { key, certificate: cert } = identity;
    httpsRequest(
      {
        port: ingress.port,
        host: '127.0.0.1',
        method,
        path: url,
        headers,
        ca: authority.certificate,
        agent: false,
        ...(key ? { key, cert } : {}),
      },
      (incoming) => resolve(answerOf(incoming)),
    )
      .on('error', reject)
      .end(body);
  });

const clientOf = async (issuer: LocalAuthority): Promise<Identity> => {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const asked = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=mac-1',
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { key, certificate: await issuer.sign(asked.toString('pem')) };
};

beforeEach(async () => {
  authority = await LocalAuthority.open(folder);
  mac = await clientOf(authority);
  ingress = await startIngress({
    host: '127.0.0.1',
    port: 0,
    identity: await authority.server([{ type: 'ip', value: '127.0.0.1' }]),
    authority: authority.certificate,
    portOf: (service) => ports.get(service),
    health: () => ({ library: 'ready', progress: ports.has('progress') ? 'ready' : 'restarting' }),
  });
});

afterEach(async () => {
  await ingress.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  ports.clear();
  rmSync(folder, { recursive: true, force: true });
});

describe('the one port', () => {
  it('takes TLS and plain HTTP', async () => {
    await listen('library', echo('library'));
    await listen('dispatcher', echo('dispatcher'));
    const [api, door] = await Promise.all([
      plain('POST', '/api/library/items?x=1', { 'content-type': 'application/json' }, '{"os":"12"}'),
      secure('PUT', '/mdm/connect', mac, {}, 'plist'),
    ]);
    expect(JSON.parse(api.body)).toMatchObject({ name: 'library', url: '/api/library/items?x=1', body: '{"os":"12"}' });
    expect(JSON.parse(door.body)).toMatchObject({ name: 'dispatcher', url: '/mdm/connect', body: 'plist' });
  });

  it.each([
    ['/api/devices/1/timeline', 'progress'],
    ['/api/updates/compliance', 'progress'],
    ['/api/deadlines/timers', 'deadlines'],
    ['/api/releases', 'releases'],
    ['/api/blueprints', 'blueprints'],
    ['/enroll?code=x', 'dispatcher'],
    ['/nanomdm/webhook', 'dispatcher'],
  ] as const)('leads %s to %s', async (url, service) => {
    await listen(service, echo(service));
    expect(JSON.parse((await plain('GET', url)).body)).toMatchObject({ name: service, url });
  });

  it('survives a connection that begins with nonsense and one that says nothing', async () => {
    await listen('library', echo('library'));
    for (const first of ['\x16nonsense', 'nonsense\r\n\r\n', '']) {
      await new Promise<void>((resolve) => {
        const socket = connect(ingress.port, '127.0.0.1', () => socket.end(first, 'latin1'));
        socket
          .on('close', () => resolve())
          .on('error', () => undefined)
          .resume();
      });
    }
    expect((await plain('GET', '/api/library')).status).toBe(200);
  });

  it('says which part is not ready', async () => {
    const answer = await plain('GET', '/health');
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toEqual({
      status: 'starting',
      parts: { library: 'ready', progress: 'restarting' },
    });
  });

  it('is refused when it is taken', async () => {
    const again = startIngress({
      host: '127.0.0.1',
      port: ingress.port,
      identity: mac,
      authority: authority.certificate,
      portOf: () => undefined,
      health: () => ({}),
    });
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('who gets in', () => {
  it('tells the dispatcher the certificate per RFC 9440 and drops what the caller says about that', async () => {
    await listen('dispatcher', echo('dispatcher'));
    const answer = await secure('PUT', '/mdm/checkin', mac, {
      'Client-Cert': ':AAAA:',
      'Client-Cert-Chain': ':AAAA:',
      'X-Forwarded-For': '10.0.0.1',
    });
    const { headers } = JSON.parse(answer.body) as { headers: Record<string, string> };
    expect(headers['client-cert']).toBe(
      `:${Buffer.from(new x509.X509Certificate(mac.certificate).rawData).toString('base64')}:`,
    );
    expect(headers['client-cert-chain']).toBeUndefined();
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  it('drops Client-Cert on plain HTTP', async () => {
    await listen('progress', echo('progress'));
    const answer = await plain('GET', '/api/devices', { 'Client-Cert': ':AAAA:', 'client-cert-chain': ':AAAA:' });
    const { headers } = JSON.parse(answer.body) as { headers: Record<string, string> };
    expect(Object.keys(headers).filter((name) => name.startsWith('client-cert'))).toEqual([]);
  });

  it('refuses TLS without a certificate and with one of another authority', async () => {
    await listen('dispatcher', echo('dispatcher'));
    await expect(secure('PUT', '/mdm/connect', {})).rejects.toThrow();
    const strangers = mkdtempSync(path.join(tmpdir(), 'managed-os-strangers-'));
    const stranger = await clientOf(await LocalAuthority.open(strangers));
    rmSync(strangers, { recursive: true });
    await expect(secure('PUT', '/mdm/connect', stranger)).rejects.toThrow();
  });

  it.each(['/mdm/connect', '/mdm/checkin', '/MDM/connect', '/api/../mdm/connect', '/%6ddm/connect', '//mdm/connect'])(
    'keeps plain HTTP from %s',
    async (url) => {
      await listen('dispatcher', echo('dispatcher'));
      expect((await plain('PUT', url, {}, 'x')).status).not.toBe(200);
    },
  );

  it('hands what a Mac without certificate says of itself to /enroll, byte for byte', async () => {
    await listen('dispatcher', echo('dispatcher'));
    const headers = { 'content-type': 'application/pkcs7-signature' };
    const answer = await plain('POST', '/enroll?code=x', headers, 'signed');
    expect(JSON.parse(answer.body)).toMatchObject({
      name: 'dispatcher',
      url: '/enroll?code=x',
      body: 'signed',
      headers,
    });
    expect((await plain('GET', '/enrolled')).status).toBe(404);
  });

  it('shows a Mac nothing but its doors', async () => {
    await listen('library', echo('library'));
    expect((await secure('GET', '/api/library', mac)).status).toBe(404);
  });
});

describe('while a service restarts', () => {
  it('answers 503 as problem+json, with a body on its way too', async () => {
    await listen('library', echo('library'));
    servers[0]?.close();
    const answer = await plain('POST', '/api/library/items', {}, 'x'.repeat(1_000_000));
    expect(answer.status).toBe(503);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ status: 503, code: 'service-starting' });
  });

  it('answers 502 to a program whose service broke off, 503 to a Mac, never 401', async () => {
    const breaksOff: RequestListener = (request) => request.socket.destroy();
    await listen('library', breaksOff);
    await listen('dispatcher', breaksOff);
    expect((await plain('GET', '/api/library')).status).toBe(502);
    expect((await secure('PUT', '/mdm/connect', mac, {}, 'x')).status).toBe(503);
    ports.delete('dispatcher');
    expect((await secure('PUT', '/mdm/connect', mac, {}, 'x'.repeat(500_000))).status).toBe(503);
  });

  it('breaks off an answer that breaks off, and the next one is whole', async () => {
    let times = 0;
    await listen('library', (request, response) => {
      if (++times > 1) return void response.end('whole');
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => request.socket.destroy());
    });
    await expect(plain('GET', '/api/library')).rejects.toThrow();
    expect((await plain('GET', '/api/library')).body).toBe('whole');
  });
});
