import type { Settings } from '../config.js';
import { freePort } from '../infra/processes.js';
import type { ServiceName } from '../ingress/routes.js';
import type { Children } from './children.js';
import type { Front } from './front.js';
import { Keeper } from './keeper.js';
import { answers, startNode } from './node-part.js';
import type { StateFolder } from './state-folder.js';

/** What every program of one system is given. */
export interface Given {
  readonly settings: Settings;
  readonly folder: StateFolder;
  readonly children: Children;
  readonly said: (line: string) => void;
}

/** Keeps a service alive, on a new port after each start; `front` learns it. */
export const serviceKeeper = (
  name: ServiceName,
  environment: Readonly<Record<string, string>>,
  front: Front,
  { settings, folder, children, said }: Given,
): Keeper =>
  new Keeper({
    name,
    said,
    async start(stopping) {
      const port = await freePort();
      front.place(name, port);
      return startNode(
        {
          name,
          root: settings.root,
          main: `services/${name}/src/main.ts`,
          env: { ...settings.environment, ...environment, PORT: String(port) },
          logFile: folder.logFile(name),
          isReady: () => answers(`http://127.0.0.1:${port}/health/ready`, 'ok'),
          launched: (pid, mark) => children.note(name, pid, mark),
        },
        stopping,
      );
    },
  });

/** Where the virtual Macs find their server, their authority and clock, and where they are pushed to. */
export interface FleetAddresses {
  readonly ingressPort: number;
  readonly control: string;
  readonly pushPort: number;
}

/** Keeps the virtual Macs of a fleet file alive. */
export const fleetKeeper = (
  fleetFile: string,
  { ingressPort, control, pushPort }: FleetAddresses,
  { settings, folder, children, said }: Given,
): Keeper =>
  new Keeper({
    name: 'virtual-fleet',
    said,
    start: (stopping) =>
      startNode(
        {
          name: 'virtual-fleet',
          root: settings.root,
          main: 'tools/virtual-mac/src/main.ts',
          args: [
            ...['--fleet', fleetFile, '--state', folder.file('fleet'), '--server', `https://127.0.0.1:${ingressPort}`],
            ...['--ca', `${control}/ca`, '--clock', `${control}/clock`, '--push-port', String(pushPort)],
          ],
          env: settings.environment,
          logFile: folder.logFile('virtual-fleet'),
          isReady: () => answers(`http://127.0.0.1:${pushPort}/`, 'anything'),
          launched: (pid, mark) => children.note('virtual-fleet', pid, mark),
        },
        stopping,
      ),
  });
