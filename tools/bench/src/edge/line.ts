import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Deferred, defer } from '../deferred.js';

/**
 * A connection that is kept alive, with one request at a time. A client of its own, because a general one takes as much of
 * the machine as the server that is measured.
 */
export class Line {
  private heard = '';
  private asked: Deferred<void> | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: string) => this.hear(text));
    socket.on('error', (error) => this.asked?.reject(error));
    socket.on('close', () => this.asked?.reject(new Error('the server hung up')));
  }

  static async open(url: string): Promise<Line> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new Line(socket);
  }

  /** Resolves at an empty 200. Throws for everything else. */
  ask(request: Buffer): Promise<void> {
    this.heard = '';
    this.asked = defer<void>();
    this.socket.write(request);
    return this.asked.promise;
  }

  close(): void {
    this.socket.destroy();
  }

  private hear(text: string): void {
    this.heard += text;
    if (!this.heard.includes('\r\n\r\n')) return;
    if (this.heard.startsWith('HTTP/1.1 200 ') && /^content-length: 0\r$/im.test(this.heard)) this.asked?.resolve();
    else this.asked?.reject(new Error(`an empty 200 was expected, and this came: ${this.heard}`));
  }
}
