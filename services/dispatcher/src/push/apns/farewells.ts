import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientHttp2Stream, Http2Session, OutgoingHttpHeaders } from 'node:http2';

/** Published by node:http2 for every stream that a client opens. */
const OPENED = 'http2.client.stream.created';

interface Opened {
  readonly stream: ClientHttp2Stream;
  readonly headers: OutgoingHttpHeaders;
}

/**
 * Hears what a server says when it closes a connection. APNs names there, in the debug data of the GOAWAY, what it has
 * against a certificate; undici drops that text, so it is read from the session itself.
 */
export class Farewells {
  private readonly heard = new WeakSet<Http2Session>();
  private readonly listener = (message: unknown): void => this.listen(message as Opened);

  /** `authority`: host and port of the connections that are meant. */
  constructor(
    private readonly authority: string,
    private readonly onFarewell: (debugData: string) => void,
  ) {
    subscribe(OPENED, this.listener);
  }

  close(): void {
    unsubscribe(OPENED, this.listener);
  }

  private listen({ stream, headers }: Opened): void {
    const { session } = stream;
    if (headers[':authority'] !== this.authority || !session || this.heard.has(session)) return;
    this.heard.add(session);
    session.on('goaway', (_code: number, _lastStream: number, data?: Uint8Array) => {
      if (data) this.onFarewell(Buffer.from(data).toString());
    });
  }
}
