import type { LocalAuthority } from '../authority/local-authority.js';
import type { Settings } from '../config.js';
import { isPortFree, runs } from '../infra/processes.js';
import { type Ingress, startIngress } from '../ingress/ingress.js';
import type { ServiceName } from '../ingress/routes.js';
import { CannotStart } from './state-folder.js';

interface Replica {
  readonly port: number;
  readonly pid: number;
}

const PORTS_TRIED = 100;

/** What stands behind the one port: where each service listens now. */
export class Front {
  private readonly ports = new Map<ServiceName, number>();
  private readonly replicas = new Map<ServiceName, Replica>();

  /** Undefined before the service's first start. A process that joined comes before the supervised one while it lives. */
  portOf(service: ServiceName): number | undefined {
    const joined = this.replicas.get(service);
    if (joined && runs(joined.pid, service)) return joined.port;
    return this.ports.get(service);
  }

  place(service: ServiceName, port: number): void {
    this.ports.set(service, port);
  }

  join(service: ServiceName, replica: Replica): void {
    this.replicas.set(service, replica);
  }

  /** Opens the one port: the wanted one, or, unless it was asked for by number, the next free one. Throws `CannotStart`. */
  async open(
    settings: Settings,
    authority: LocalAuthority,
    health: () => Readonly<Record<string, string>>,
  ): Promise<Ingress> {
    const { port: wanted, isPortFixed } = settings;
    const identity = await authority.server([
      { type: 'ip', value: '127.0.0.1' },
      { type: 'dns', value: 'localhost' },
    ]);
    const last = isPortFixed ? wanted : Math.min(65_535, wanted + PORTS_TRIED);
    for (let port = wanted; port <= last; port++) {
      if (!(await isPortFree(port))) continue;
      try {
        return await startIngress({
          host: '127.0.0.1',
          port,
          identity,
          authority: authority.certificate,
          portOf: (service) => this.portOf(service),
          health,
        });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')))
          throw error;
      }
    }
    throw new CannotStart(
      isPortFixed
        ? `port ${wanted} cannot be used: another program listens there, or it may not be opened; choose another with --port, or leave --port out`
        : `none of the ports ${wanted} to ${last} is free: choose one with --port`,
    );
  }
}
