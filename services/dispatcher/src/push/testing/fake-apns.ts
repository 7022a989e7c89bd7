import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Identity } from './push-authority.js';

/** What is done with the pushes to a token. */
export type Behaviour =
  | { readonly status: number; readonly reason?: string; readonly timestamp?: number; readonly retryAfter?: string }
  /** No answer, ever. */
  | 'silence'
  /** The stream is reset; the connection lives on. */
  | 'reset'
  /** The connection is cut. */
  | 'cut'
  /** GOAWAY while the push is in flight; it is answered, and the connection is closed. */
  | 'goaway'
  /** GOAWAY that says what is wrong with the certificate, and the connection is closed. */
  | { readonly goaway: string };

export interface Received {
  readonly token: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Behaves like Apple's push service, as far as its documentation and its clients' bug reports tell. */
export class FakeApns {
  readonly received: Received[] = [];
  /** By token, hexadecimal; others are accepted. */
  readonly behaviours = new Map<string, Behaviour>();
  /** How many connections were made, and how many are open. */
  connections = 0;
  /** The most pushes that were in hand at once. */
  mostAtOnce = 0;
  private readonly sessions = new Set<ServerHttp2Session>();
  private inHand = 0;

  private constructor(
    private readonly server: Http2SecureServer,
    private readonly pause: number,
  ) {
    server.on('session', (session) => {
      this.connections += 1;
      this.sessions.add(session);
      session.on('close', () => this.sessions.delete(session));
      session.on('error', () => undefined);
    });
    server.on('stream', (stream, headers) => this.take(stream, headers));
  }

  /** Takes clients that `ca` vouches for. `streams`: at once on a connection; `pause`: before each answer, in ms. */
  static async start(
    identity: Identity,
    ca: string,
    { streams = 1_000, pause = 0 }: { readonly streams?: number; readonly pause?: number } = {},
  ): Promise<FakeApns> {
    const settings = { maxConcurrentStreams: streams };
    const server = createSecureServer({ ...identity, ca, requestCert: true, rejectUnauthorized: true, settings });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeApns(server, pause);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  get open(): number {
    return this.sessions.size;
  }

  pushesTo(token: string): readonly Received[] {
    return this.received.filter((push) => push.token === token);
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined);
    this.inHand += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.inHand);
    stream.on('close', () => (this.inHand -= 1));
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const token = headers[':path']?.split('/').at(-1) ?? '';
      this.received.push({ token, headers, body: Buffer.concat(chunks).toString() });
      setTimeout(() => this.behave(stream, this.behaviours.get(token) ?? { status: 200 }), this.pause);
    });
  }

  private behave(stream: ServerHttp2Stream, behaviour: Behaviour): void {
    const { session } = stream;
    if (stream.destroyed || !session || behaviour === 'silence') return;
    if (behaviour === 'reset') return stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    if (behaviour === 'cut') return session.destroy();
    if (behaviour === 'goaway') {
      session.goaway(constants.NGHTTP2_NO_ERROR, stream.id ?? 0, Buffer.from('{"reason":"Shutdown"}'));
      setTimeout(() => answer(stream, { status: 200 }), 50);
      return;
    }
    if ('goaway' in behaviour) {
      session.goaway(constants.NGHTTP2_NO_ERROR, 0, Buffer.from(JSON.stringify({ reason: behaviour.goaway })));
      setTimeout(() => session.destroy(), 10);
      return;
    }
    answer(stream, behaviour);
  }
}

const answer = (
  stream: ServerHttp2Stream,
  { status, reason, timestamp, retryAfter }: Exclude<Behaviour, string | { goaway: string }>,
): void => {
  stream.respond({
    ':status': status,
    'apns-id': '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11',
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  });
  stream.end(reason === undefined ? '' : JSON.stringify({ reason, ...(timestamp !== undefined && { timestamp }) }));
};
