import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDict } from './plist.js';
import type { PushOutcome } from './mac-agent.js';

type Deliver = (token: string, magic: string) => PushOutcome;

const ANSWER = {
  delivered: { status: 200, reason: undefined },
  unregistered: { status: 410, reason: 'Unregistered' },
  'wrong-magic': { status: 400, reason: 'BadPushMagic' },
} as const satisfies Record<PushOutcome, { readonly status: number; readonly reason: string | undefined }>;

export interface PushServer {
  readonly port: number;
  close(): Promise<void>;
}

/** The push service's stand-in: `POST /3/device/<token as hex>` with `{"mdm":"<PushMagic>"}`. */
export const startPushServer = async (port: number, host: string, deliver: Deliver): Promise<PushServer> => {
  const server = createServer((request, response) => {
    const answer = (status: number, reason?: string): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(reason === undefined ? '' : JSON.stringify({ reason }));
    };
    const token = /^\/3\/device\/([0-9a-f]+)$/.exec(request.url ?? '')?.[1];
    if (request.method !== 'POST' || token === undefined) return answer(404, 'BadPath');
    magicIn(request)
      .then((magic) => {
        if (magic === undefined) return answer(400, 'BadPayload');
        const { status, reason } = ANSWER[deliver(token, magic)];
        answer(status, reason);
      })
      .catch(() => answer(500, 'InternalServerError'));
  });
  await listen(server, port, host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`the push port ${port} cannot be opened`, { cause })));
    server.listen(port, host, resolve);
  });

const LARGEST = 4096;

/** The magic, when the body is exactly `{"mdm": "…"}`. */
const magicIn = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LARGEST) return undefined;
    chunks.push(chunk as Buffer);
  }
  const payload = parsed(Buffer.concat(chunks).toString());
  return isDict(payload) && Object.keys(payload).length === 1 && typeof payload['mdm'] === 'string'
    ? payload['mdm']
    : undefined;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
