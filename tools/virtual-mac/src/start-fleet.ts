import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@managed-os/kernel';
import { addressOf, userAddressOf } from './chance.js';
import { HttpDoor, type Proof } from './door.js';
import type { Fleet, Mac } from './fleet.js';
import { enrollIdentity } from './identity.js';
import { lifeOf } from './lives.js';
import { MacAgent } from './mac-agent.js';
import { startPushServer } from './push-server.js';
import { Schedule } from './schedule.js';
import { Slots } from './slots.js';
import { DiskStore } from './store.js';
import { type MacSummary, summaryOf } from './summary.js';

export interface FleetOptions {
  readonly fleet: Fleet;
  /** `https://…` (mutual TLS) or `http://…` (the certificate in a header, as behind an ingress); `/mdm/checkin` and `/mdm/connect` are below it. */
  readonly server: string;
  /** Where certificates come from; without it the Macs have none. */
  readonly ca?: string;
  /** How they show them: in the handshake (or its header) unless messages are to be signed. */
  readonly proof?: Proof;
  readonly clock: Clock;
  /** The Macs' memory; a fleet started on the folder of an earlier one goes on with it. */
  readonly stateDir: string;
  /** 0: any free one. */
  readonly pushPort: number;
  readonly pushHost?: string;
  /** Conversations at the same time. */
  readonly conversations?: number;
  readonly log?: (line: string) => void;
}

export interface RunningFleet {
  readonly pushPort: number;
  /** As they are now, in the order of the fleet file. */
  macs(): readonly MacSummary[];
  /** Resolves when no Mac has anything to do before the clock moves or a push arrives. */
  settled(): Promise<void>;
  /** Rejects when the fleet cannot go on, for instance because the disk is full; never resolves. */
  readonly broken: Promise<never>;
  /** Ends every conversation where it is; what was heard is on disk. Repeated calls do nothing. */
  stop(): Promise<void>;
}

const CONVERSATIONS = 128;
/** Real milliseconds; a large fleet's is written less often. */
const summaryEvery = (macs: number): number => Math.max(500, macs);

/**
 * Starts every Mac of the fleet (X16): for the demonstration, for rehearsals and as a test bed. Each enrolls, or goes on
 * where its state on disk left off.
 */
export const startFleet = async (options: FleetOptions): Promise<RunningFleet> => {
  const { clock, ca, stateDir } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const store = new DiskStore(stateDir);
  let breakDown: (error: unknown) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => (breakDown = reject));
  // Whoever does not watch `broken` still gets a fleet that stands still, not a process that ends.
  broken.catch(() => undefined);
  let isSummaryStale = true;
  const schedule = new Schedule<MacAgent>(clock, (agent) => agent.wake());
  const around = {
    clock,
    store,
    door: new HttpDoor(options.server, options.proof ?? 'certificate', signal),
    slots: new Slots(options.conversations ?? CONVERSATIONS),
    enroll: ca === undefined ? undefined : (mac: MacAgent['mac']) => enrollIdentity(mac, ca, signal),
    log: options.log ?? (() => undefined),
    changed: (agent: MacAgent) => {
      isSummaryStale = true;
      if (agent.busy === undefined) schedule.set(agent, agent.dueAt());
    },
    broken: (error: unknown) => breakDown(error),
    signal,
  };
  const agents = options.fleet.macs.map((mac) => new MacAgent(mac, around));
  const byToken = new Map(
    options.fleet.macs.flatMap((mac, index) => tokensOf(mac).map((token) => [token, agents[index]] as const)),
  );
  const push = await startPushServer(options.pushPort, options.pushHost ?? '127.0.0.1', (token, magic) => {
    return byToken.get(token)?.push(token, magic) ?? 'unregistered';
  });
  const macs = (): readonly MacSummary[] => agents.map((agent) => summaryOf(agent.mac, agent.state));
  const writeSummary = (): void => {
    if (!isSummaryStale) return;
    isSummaryStale = false;
    store.saveSummary({ asOf: clock.now(), macs: macs() });
  };
  const summaries = async (): Promise<void> => {
    for (; !signal.aborted; await clock.real.sleep(summaryEvery(agents.length), signal)) writeSummary();
    writeSummary();
  };
  const loops = [schedule.run(signal), summaries()].map((loop) => loop.catch(around.broken));
  for (const agent of agents) agent.wake();

  const atWork = (): readonly MacAgent[] => agents.filter((agent) => agent.busy !== undefined);
  const settled = async (): Promise<void> => {
    do {
      await nextTurn();
      await Promise.all(atWork().map((agent) => agent.busy));
    } while (!signal.aborted && (atWork().length > 0 || schedule.isAnyDue()));
  };
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    await push.close();
    await Promise.all(atWork().map((agent) => agent.busy));
    await Promise.all(loops);
  };
  return { pushPort: push.port, macs, settled, broken, stop: () => (stopped ??= stop()) };
};

/** Of all its lives: the Mac itself knows which of them it is in. */
const tokensOf = (mac: Mac): readonly string[] =>
  Array.from({ length: mac.events.length + 1 }, (_, life) => lifeOf(mac, life)).flatMap((one) => [
    addressOf(one).token.toString('hex'),
    ...(one.user.channel === undefined ? [] : [userAddressOf(one).token.toString('hex')]),
  ]);
