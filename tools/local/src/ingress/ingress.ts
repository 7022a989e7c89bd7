import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Identity } from '../authority/local-authority.js';
import { problem, Proxy } from './proxy.js';
import { apiRoute, macRoute, type ServiceName } from './routes.js';

export interface IngressOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly identity: Identity;
  /** PEM of the authority whose clients are let in. */
  readonly authority: string;
  /** Where a service listens now; undefined while it does not. */
  readonly portOf: (service: ServiceName) => number | undefined;
  /** What `/health` says about each part. */
  readonly health: () => Readonly<Record<string, string>>;
}

export interface Ingress {
  readonly port: number;
  close(): Promise<void>;
}

const TLS_HANDSHAKE = 0x16;
/** For the first byte; after that the HTTP servers have limits of their own. */
const SILENCE = 30_000;

/**
 * One port for everything. A connection that begins with a TLS handshake is a Mac: it must show a certificate of the
 * local authority, gets to /mdm only, and the dispatcher learns the certificate from `Client-Cert` (RFC 9440). Plain
 * HTTP is for people and programs. `Client-Cert` of a caller's own is dropped on both. Rejects when the port is taken.
 */
export const startIngress = async (options: IngressOptions): Promise<Ingress> => {
  const proxy = new Proxy();
  const plain = createHttpServer(forPrograms(options, proxy));
  const secure = createHttpsServer(
    {
      key: options.identity.key,
      cert: options.identity.certificate,
      ca: options.authority,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    },
    forMacs(options, proxy),
  );
  secure.on('tlsClientError', (_error, socket) => socket.destroy());
  const open = new Set<Socket>();
  const door = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    socket.setTimeout(SILENCE, () => socket.destroy());
    socket.once('data', (first) => {
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      socket.pause();
      socket.unshift(first);
      // TLS takes over the socket's handle and what is buffered; a socket that flows as well would swallow the handshake.
      if (first[0] === TLS_HANDSHAKE) secure.emit('connection', socket);
      else {
        plain.emit('connection', socket);
        socket.resume();
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    door.once('error', reject);
    door.listen({ host: options.host, port: options.port, exclusive: true }, resolve);
  });
  const address = door.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        door.close(() => resolve());
        for (const socket of open) socket.destroy();
        proxy.close();
      }),
  };
};

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?')[0] ?? '/';

const forwarded = (request: IncomingMessage, proto: 'http' | 'https'): Record<string, string> => ({
  'x-forwarded-for': request.socket.remoteAddress ?? 'unknown',
  'x-forwarded-proto': proto,
});

const forPrograms =
  (options: IngressOptions, proxy: Proxy): RequestListener =>
  (request, response) => {
    const path = pathOf(request);
    if (path === '/health' || path.startsWith('/health/')) return answerHealth(response, options.health());
    const service = apiRoute(path);
    if (service) {
      return proxy.forward(
        request,
        response,
        { name: service, port: options.portOf(service), brokenStatus: 502 },
        forwarded(request, 'http'),
      );
    }
    if (macRoute(path))
      return problem(response, 403, 'certificate-needed', 'Macs speak TLS here and show their certificate');
    problem(
      response,
      404,
      'not-found',
      'the APIs are under /api: library, blueprints, releases, deadlines, devices, updates; /enroll has the profile',
    );
  };

const forMacs =
  (options: IngressOptions, proxy: Proxy): RequestListener =>
  (request, response) => {
    const service = macRoute(pathOf(request));
    if (!service) return problem(response, 404, 'not-found', 'a certificate opens /mdm only');
    const { socket } = request;
    const der = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined;
    if (!der) return problem(response, 403, 'certificate-needed', 'there is no certificate on this connection');
    const added = { ...forwarded(request, 'https'), 'client-cert': `:${der.toString('base64')}:` };
    proxy.forward(request, response, { name: service, port: options.portOf(service), brokenStatus: 503 }, added);
  };

const answerHealth = (response: ServerResponse, parts: Readonly<Record<string, string>>): void => {
  const ready = Object.values(parts).every((state) => state === 'ready');
  const body = JSON.stringify({ status: ready ? 'ok' : 'starting', parts });
  response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
  response.end(body);
};
