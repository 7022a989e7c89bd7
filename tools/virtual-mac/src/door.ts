import { X509Certificate } from 'node:crypto';
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Reply } from './delivery.js';
import { signatureOver } from './signature.js';
import type { Identity } from './store.js';

export interface Message {
  readonly to: 'checkin' | 'connect';
  readonly body: string;
}

/** One conversation: every message of it goes over the same connection. */
export interface Conversation {
  /** Rejects when there was no reply. */
  put(message: Message): Promise<Reply>;
  close(): void;
}

/** The way to the server. */
export interface Door {
  open(identity: Identity | undefined): Conversation;
}

const CONTENT_TYPE = {
  checkin: 'application/x-apple-aspen-mdm-checkin',
  connect: 'application/x-apple-aspen-mdm; charset=UTF-8',
} as const;
const PATIENCE = 30_000;
const REDIRECTS = 5;

/** How a Mac shows who it is: its certificate in the handshake, or a signature over each message (`SignMessage` in the profile). */
export type Proof = 'certificate' | 'signature';

/**
 * HTTP or HTTPS. Without TLS there is no handshake for the certificate, so it goes into the header that an ingress would set
 * (RFC 9440).
 */
export class HttpDoor implements Door {
  constructor(
    private readonly server: string,
    private readonly proof: Proof,
    private readonly signal: AbortSignal,
  ) {}

  open(identity: Identity | undefined): Conversation {
    const isSecure = this.server.startsWith('https:');
    const lines = { keepAlive: true, maxSockets: 1 };
    const agent = isSecure
      ? new HttpsAgent({
          ...lines,
          ...(identity && { ca: identity.ca }),
          ...(identity && this.proof === 'certificate' && { key: identity.key, cert: identity.certificate }),
        })
      : new HttpAgent(lines);
    const proven = (body: string): Record<string, string> => {
      if (!identity) return {};
      if (this.proof === 'signature') return { 'mdm-signature': signatureOver(body, identity) };
      return isSecure ? {} : clientCertHeader(identity);
    };
    const send = isSecure ? httpsRequest : httpRequest;
    const put = (url: URL, { to, body }: Message): Promise<Reply & { readonly location: string | undefined }> =>
      new Promise((resolve, reject) => {
        const request = send(url, {
          method: 'PUT',
          agent,
          headers: { ...proven(body), 'content-type': CONTENT_TYPE[to], 'content-length': Buffer.byteLength(body) },
          timeout: PATIENCE,
          signal: this.signal,
        });
        request.once('timeout', () => request.destroy(new Error(`no reply within ${PATIENCE} ms`)));
        request.once('error', reject);
        request.once('response', (response) => {
          collect(response).then(
            (bytes) => resolve({ status: response.statusCode ?? 0, body: bytes, location: response.headers.location }),
            reject,
          );
        });
        request.end(body);
      });
    return {
      put: async (message) => {
        // Every exchange starts at the profile's own address, wherever an earlier one was sent.
        let url = new URL(`${this.server.replace(/\/$/, '')}/mdm/${message.to}`);
        for (let hops = 0; ; hops++) {
          const reply = await put(url, message);
          if (reply.status < 300 || reply.status > 399 || !reply.location || hops === REDIRECTS) return reply;
          url = new URL(reply.location, url);
        }
      },
      close: () => agent.destroy(),
    };
  }
}

const clientCertHeader = ({ certificate }: Identity): Record<string, string> => ({
  'client-cert': `:${new X509Certificate(certificate).raw.toString('base64')}:`,
});

const collect = async (response: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};
