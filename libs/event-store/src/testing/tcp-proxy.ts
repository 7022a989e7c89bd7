import net from 'node:net';

/** Stands between a client and a server and breaks the connection in ways that networks do. */
export class TcpProxy {
  private readonly pairs = new Set<readonly [net.Socket, net.Socket]>();
  private mode: 'forward' | 'cut' | 'silent' | 'deaf' | 'stalled' = 'forward';
  /** How many connections there were. */
  accepted = 0;

  private constructor(
    private readonly server: net.Server,
    private target: URL,
    /** The URL, leading through the proxy. */
    readonly url: string,
  ) {}

  static async open(target: string): Promise<TcpProxy> {
    const server = net.createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const through = new URL(target);
    through.hostname = '127.0.0.1';
    through.port = String((server.address() as net.AddressInfo).port);
    const proxy = new TcpProxy(server, new URL(target), through.toString());
    server.on('connection', (client) => {
      proxy.accepted += 1;
      const { hostname, port } = proxy.target;
      proxy.join(client, net.connect({ port: Number(port), host: hostname, allowHalfOpen: true }));
    });
    return proxy;
  }

  /** The next answer of the server is lost, and with it its connection. */
  cutAtNextAnswer(): void {
    this.mode = 'cut';
  }

  /** Answers stay away, connections stay open. */
  fallSilent(): void {
    this.mode = 'silent';
  }

  /** Nothing comes through either way, and nobody is told: not even that the other side has hung up. */
  stall(): void {
    this.mode = 'stalled';
  }

  /** What clients say stays away, answers come; nobody is connected any more, and everybody may try. */
  fallDeaf(): void {
    this.mode = 'deaf';
    this.cutAll();
  }

  /** All is well again; what was swallowed does not come any more. */
  heal(): void {
    this.mode = 'forward';
  }

  /** Leads to another server from now on; connections to the one before are cut. */
  turnTo(target: string): void {
    this.target = new URL(target);
    this.cutAll();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: net.Socket, server: net.Socket): void {
    const pair = [client, server] as const;
    this.pairs.add(pair);
    client.on('data', (data) => void (this.mode === 'deaf' || this.mode === 'stalled' || server.write(data)));
    server.on('data', (data) => {
      if (this.mode === 'forward' || this.mode === 'deaf') client.write(data);
      if (this.mode !== 'cut') return;
      this.mode = 'forward';
      this.cut(pair);
    });
    client.on('end', () => void (this.mode === 'stalled' || server.end()));
    server.on('end', () => void (this.mode === 'stalled' || client.end()));
    for (const socket of pair) socket.on('error', () => this.cut(pair)).on('close', () => this.cut(pair));
  }

  private cutAll(): void {
    for (const pair of this.pairs) this.cut(pair);
  }

  private cut(pair: readonly [net.Socket, net.Socket]): void {
    this.pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }
}
