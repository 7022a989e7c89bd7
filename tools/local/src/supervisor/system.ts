import { LocalAuthority } from '../authority/local-authority.js';
import { SimulatedClock } from '../clock/simulated-clock.js';
import type { Settings } from '../config.js';
import { startControl } from '../control/control-server.js';
import type { Scenario } from '../demo/scenario.js';
import { endOrphanedNats } from '../infra/nats.js';
import { endOrphanedPostgres } from '../infra/postgres.js';
import { freePort } from '../infra/processes.js';
import { real } from '../infra/real-time.js';
import { writeState } from '../infra/state-file.js';
import { SERVICES, type ServiceName } from '../ingress/routes.js';
import { Children } from './children.js';
import { Front } from './front.js';
import { type Backing, dataDirOf, openBus, openDatabase, type PermissionsOf } from './infrastructure.js';
import type { Keeper, PartState } from './keeper.js';
import { fleetKeeper, serviceKeeper, type Given } from './programs.js';
import { enrollmentSettings } from './enrollment.js';
import { scenarioIn } from './chosen-scenario.js';
import { keepSecrets, type Secrets } from './secrets.js';
import { CannotStart, StateFolder, type SystemFile } from './state-folder.js';
import { undoAll } from './undo.js';

/** A whole local system that runs. */
export interface System {
  /** The one port: `http://127.0.0.1:8080`. */
  readonly address: string;
  /** Opens the APIs as admin. */
  readonly token: string;
  readonly folder: StateFolder;
  readonly clock: SimulatedClock;
  /** What is played here. */
  readonly scenario: Scenario;
  /** Where a person sees the profile that enrolls a Mac. */
  readonly enrollment: string;
  parts(): readonly { readonly name: string; readonly state: PartState }[];
  /** Starts the virtual Macs of this fleet file and keeps them running. Resolves when they can be pushed to. */
  startFleet(fleetFile: string): Promise<void>;
  /** In order: the clock stands still, fleet, services, one port, NATS, PostgreSQL. Repeated: the same. */
  stop(): Promise<void>;
}

/**
 * Starts everything but the fleet and resolves when all services are ready; the simulated clock stands still until
 * somebody sets a rate. Throws `CannotStart` for what a person can mend. Leaves nothing running when it fails.
 */
export const startSystem = async (
  settings: Settings,
  permissionsOf: PermissionsOf,
  said: (line: string) => void,
  stopping: AbortSignal,
): Promise<System> => {
  const folder = new StateFolder(settings.stateDir);
  const stops: (() => Promise<unknown> | void)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= undoAll(stops.splice(0)).finally(() => folder.release()));
  const going = (): void => {
    if (stopping.aborted) throw new CannotStart('stopped before everything was up');
  };
  folder.take();
  try {
    const given: Given = { settings, folder, children: await clean(settings, folder, said), said };
    const scenario = scenarioIn(folder, settings.scenario);
    folder.prepare();
    const secrets = keepSecrets(folder.file('secrets.json'));
    const authority = await LocalAuthority.open(folder.file('ca'));
    const clock = SimulatedClock.open(folder.file('clock.json'), scenario.beginning);
    stops.push(() => clock.close());
    const front = new Front();
    const ingress = await front.open(settings, authority, () =>
      Object.fromEntries(parts().map(({ name, state }) => [name, state])),
    );
    stops.push(() => ingress.close());
    const control = await startControl(clock, authority, front);
    stops.push(() => control.close());
    going();

    const [database, bus] = await openBacking(settings, folder, secrets, permissionsOf, said, (undo) =>
      stops.unshift(undo),
    );
    const pushPort = await freePort();
    const address = `http://127.0.0.1:${ingress.port}`;
    const environmentOf = (service: ServiceName): Record<string, string> => ({
      HOST: '127.0.0.1',
      MOS_CLOCK: `scaled:${control.url}/clock`,
      LOCAL_TOKEN: secrets.localToken,
      PREVIEW_KEY: secrets.previewKey,
      ...database.environmentOf(service),
      ...bus.environmentOf(service),
      ...(service === 'dispatcher'
        ? dispatcherSettings(pushPort, secrets, enrollmentSettings(ingress.port, control.url, folder, secrets))
        : {}),
      ...settings.instead?.[service],
    });
    going();
    const system: SystemFile = {
      pid: process.pid,
      address,
      token: secrets.localToken,
      control: control.url,
      environments: Object.fromEntries(SERVICES.map((service) => [service, environmentOf(service)])),
    };
    writeState(folder.file('system.json'), system);

    const services = SERVICES.map((name) => serviceKeeper(name, environmentOf(name), front, given));
    const fleet: Keeper[] = [];
    const parts = (): readonly { readonly name: string; readonly state: PartState }[] =>
      [database.keeper, bus.keeper, ...services, ...fleet].flatMap((keeper) =>
        keeper ? [{ name: keeper.name, state: keeper.state }] : [],
      );
    stops.push(() => Promise.all(services.map((keeper) => keeper.stop())));
    await startServices(services, said, stopping);
    stops.push(async () => {
      clock.run(0);
      await Promise.all(fleet.map((keeper) => keeper.stop()));
    });
    return {
      address,
      scenario,
      enrollment: `${address}/enroll?code=${secrets.enrollmentCode}`,
      token: secrets.localToken,
      folder,
      clock,
      parts,
      async startFleet(fleetFile) {
        const addresses = { ingressPort: ingress.port, control: control.url, pushPort };
        const keeper = fleetKeeper(fleetFile, addresses, given);
        fleet.push(keeper);
        await keeper.begin();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Ends what a killed predecessor left running, and begins anew where that is wanted. */
const clean = async (settings: Settings, folder: StateFolder, said: (line: string) => void): Promise<Children> => {
  const children = new Children(folder.file('children.json'));
  const dataDir = dataDirOf(folder);
  const left = [
    ...(await children.endOrphans()),
    ...((await endOrphanedNats(folder.file('nats'))) ? ['nats'] : []),
    ...((await endOrphanedPostgres(dataDir)) ? ['postgresql'] : []),
  ];
  if (left.length > 0) said(`ended what the last system left running: ${left.join(', ')}`);
  if (settings.fresh) {
    if (settings.databaseUrl !== undefined || settings.natsUrl !== undefined)
      throw new CannotStart(
        '--fresh removes our own state only: empty the servers of DATABASE_URL and NATS_URL yourself, or unset them',
      );
    folder.empty([dataDir]);
    said('beginning anew');
  }
  return children;
};

/** The two servers at the same time; their stops run after everything else. */
const openBacking = async (
  settings: Settings,
  folder: StateFolder,
  secrets: Secrets,
  permissionsOf: PermissionsOf,
  said: (line: string) => void,
  lastly: (undo: () => Promise<unknown>) => void,
): Promise<readonly [Backing, Backing]> => {
  const began = real.elapsed();
  const [database, bus] = await Promise.allSettled([
    openDatabase(settings.databaseUrl, folder, secrets, said),
    openBus(settings.natsUrl, folder, secrets, permissionsOf, said),
  ]);
  if (bus.status === 'fulfilled') lastly(() => bus.value.keeper?.stop() ?? Promise.resolve());
  if (database.status === 'fulfilled') lastly(() => database.value.keeper?.stop() ?? Promise.resolve());
  if (database.status === 'rejected') throw database.reason;
  if (bus.status === 'rejected') throw bus.reason;
  const given = (url: string | undefined): string => (url === undefined ? '' : ' (given)');
  said(`PostgreSQL${given(settings.databaseUrl)} and NATS${given(settings.natsUrl)} are ready (${seconds(began)})`);
  return [database.value, bus.value];
};

const startServices = async (
  services: readonly Keeper[],
  said: (line: string) => void,
  stopping: AbortSignal,
): Promise<void> => {
  const began = real.elapsed();
  let ready = 0;
  said(`starting ${services.length} services …`);
  const abandon = (): void => void Promise.all(services.map((keeper) => keeper.stop()));
  stopping.addEventListener('abort', abandon, { once: true });
  await Promise.all(
    services.map(async (keeper) => {
      await keeper.begin();
      ready += 1;
      said(`${keeper.name} is ready (${ready} of ${services.length}, ${seconds(began)})`);
    }),
  );
  stopping.removeEventListener('abort', abandon);
};

const dispatcherSettings = (
  pushPort: number,
  secrets: Secrets,
  enrollment: Record<string, string>,
): Record<string, string> => ({
  ...enrollment,
  PUSH_URL: `http://127.0.0.1:${pushPort}`,
  CLIENT_CERT_HEADER: 'client-cert',
  BOOTSTRAP_TOKEN_KEY: secrets.bootstrapTokenKey,
});

const seconds = (since: number): string => `${((real.elapsed() - since) / 1000).toFixed(1)} s`;
