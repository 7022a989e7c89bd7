import { Agent, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

/** RFC 9457, the same shape that the services answer with. */
export const problem = (response: ServerResponse, status: number, code: string, detail: string): void => {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ type: 'about:blank', title: code, status, code, detail });
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    ...(status === 503 ? { 'retry-after': '1' } : {}),
  });
  response.end(body);
};

/** RFC 9110 section 7.6.1, and what only an ingress may say about who is calling. */
const NOT_PASSED_ON = new Set(
  [
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ].concat([
    'client-cert',
    'client-cert-chain',
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
  ]),
);

const passedOn = (headers: IncomingHttpHeaders): IncomingHttpHeaders => {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.has(name) && !named.includes(name)),
  );
};

export interface Upstream {
  /** For the words of an error. */
  readonly name: string;
  /** Undefined while it is not there. */
  readonly port: number | undefined;
  /** 502, where a client may not tell apart the ways of not being there. */
  readonly brokenStatus: 502 | 503;
}

/** Passes requests on, streaming both ways. */
export class Proxy {
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });

  forward(
    incoming: IncomingMessage,
    response: ServerResponse,
    upstream: Upstream,
    added: Record<string, string>,
  ): void {
    const { name, port, brokenStatus } = upstream;
    if (port === undefined) return problem(response, 503, 'service-starting', `${name} is not there yet`);
    const outgoing = request({
      agent: this.agent,
      host: '127.0.0.1',
      port,
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: { ...passedOn(incoming.headers), ...added },
    });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
      pipeline(answer, response, () => undefined);
    });
    outgoing.on('error', (error) => {
      // What the caller still sends goes nowhere; the answer has to reach it.
      incoming.unpipe(outgoing);
      incoming.resume();
      const refused = 'code' in error && error.code === 'ECONNREFUSED';
      if (refused) problem(response, 503, 'service-starting', `${name} is being restarted`);
      else problem(response, brokenStatus, 'service-broke-off', `${name} broke off the conversation`);
    });
    response.on('close', () => response.writableFinished || outgoing.destroy());
    incoming.pipe(outgoing);
  }

  close(): void {
    this.agent.destroy();
  }
}
