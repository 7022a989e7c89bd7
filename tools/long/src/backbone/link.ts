import net from 'node:net';

/** Which way nothing gets through any more. */
export type Silence = 'to the server' | 'to the client' | 'both ways';

/**
 * A network between a program and a server. It can fall silent, as a network does: nothing arrives, nobody is told, and
 * what was sent arrives once it works again. And it can cut every connection.
 */
export class Link {
  private readonly lines = new Set<Line>();
  private silence: Silence | undefined;

  private constructor(
    private readonly server: net.Server,
    readonly port: number,
  ) {}

  static async open(toPort: number): Promise<Link> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const link = new Link(server, address.port);
    server.on('connection', (client) => {
      const line = new Line(client, net.connect(toPort, '127.0.0.1'), () => link.lines.delete(line));
      link.lines.add(line);
      line.fall(link.silence);
    });
    return link;
  }

  fallSilent(silence: Silence): void {
    this.silence = silence;
    for (const line of this.lines) line.fall(silence);
  }

  speak(): void {
    this.silence = undefined;
    for (const line of this.lines) line.fall(undefined);
  }

  /** Every connection breaks; new ones can be made. */
  cut(): void {
    for (const line of this.lines) line.end();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }
}

/** One connection through the link. */
class Line {
  private readonly up: Flow;
  private readonly down: Flow;
  private silence: Silence | undefined;
  private isOver = false;

  constructor(
    private readonly client: net.Socket,
    private readonly server: net.Socket,
    private readonly gone: () => void,
  ) {
    this.up = new Flow(client, server);
    this.down = new Flow(server, client);
    for (const socket of [client, server]) socket.on('error', () => undefined).on('close', () => this.over());
  }

  fall(silence: Silence | undefined): void {
    this.silence = silence;
    if (this.isOver && silence === undefined) this.end();
    this.up.hold(silence === 'to the server' || silence === 'both ways');
    this.down.hold(silence === 'to the client' || silence === 'both ways');
  }

  end(): void {
    this.client.destroy();
    this.server.destroy();
    this.gone();
  }

  /** While nothing gets through the other side does not hear of the end either. */
  private over(): void {
    this.isOver = true;
    if (this.silence === undefined) this.end();
  }
}

/** One direction. */
class Flow {
  private held = false;
  private full = false;

  constructor(
    private readonly from: net.Socket,
    to: net.Socket,
  ) {
    from.on('data', (data) => {
      this.full = !to.write(data);
      this.move();
    });
    to.on('drain', () => {
      this.full = false;
      this.move();
    });
  }

  hold(held: boolean): void {
    this.held = held;
    this.move();
  }

  private move(): void {
    if (this.held || this.full) this.from.pause();
    else this.from.resume();
  }
}
