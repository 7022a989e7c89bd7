import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Identity } from './push-authority.js';

export interface TestServer {
  readonly url: string;
  /** How often somebody connected. */
  connections(): number;
  close(): Promise<void>;
}

const listening = async (server: Server, sockets: Set<Socket>): Promise<TestServer> => {
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Refuses every certificate in the handshake, by a TLS alert (RFC 8446 section 6.2): 45 expired, 44 revoked, 48 unknown CA. */
export const alerting = (alert: number): Promise<TestServer> =>
  listening(
    createServer((socket) => socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, alert])))),
    new Set(),
  );

const frame = (type: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  return Buffer.concat([head, payload]);
};

/** Takes the handshake, answers the first stream with a GOAWAY that took none (last stream 0) and says why, and hangs up. */
export const dismissing = ({ cert, key }: Identity, reason: string): Promise<TestServer> => {
  const goaway = frame(7, Buffer.concat([Buffer.alloc(8), Buffer.from(JSON.stringify({ reason }))]));
  const server = createTlsServer({ cert, key, ALPNProtocols: ['h2'], requestCert: true, rejectUnauthorized: false });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    socket.write(frame(4, Buffer.alloc(0)));
    socket.once('data', () => socket.end(goaway));
  });
  return listening(server, new Set());
};

/** Passes bytes on to a port, until it is frozen: then every connection made so far is half-open, without a word. */
export const freezable = async (port: number): Promise<TestServer & { freeze(): void }> => {
  const sockets = new Set<Socket>();
  const pairs: (readonly [Socket, Socket])[] = [];
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    sockets.add(far);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far).pipe(near);
    pairs.push([near, far]);
  });
  const passing = await listening(server, sockets);
  return {
    ...passing,
    freeze: () => {
      for (const [near, far] of pairs.splice(0)) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
  };
};
