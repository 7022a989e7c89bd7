import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@managed-os/event-store/testing';
import { SystemClock } from '@managed-os/kernel';
import { testNatsNodes } from './config.js';
import { endOrphans, NatsNode, type Ports, PREFIX, type TestUser } from './nats-node.js';

export type { TestUser } from './nats-node.js';

/** Of a cluster: the node that leads the stream, one that follows, or every node. A single server is all of these. */
export type Which = 'leader' | 'follower' | 'all';

/** A nats-server with JetStream of one test file's own, or a cluster of them: its streams are nobody else's. */
export interface TestNats {
  /** Addresses of all nodes, separated by commas. */
  readonly url: string;
  /** 1, or what TEST_NATS_NODES says: so many replicas have streams and durables. */
  readonly nodes: number;
  /** As by `kill -9`; what it had not written to disk stays with the kernel, so nothing acknowledged is lost. */
  kill(which?: Which): Promise<void>;
  /** Asked to end, as before a restart. */
  end(which?: Which): Promise<void>;
  /** Starts what is down, on the same ports and data as before. */
  start(): Promise<void>;
  /** As if every volume was deleted: starts again with nothing. */
  startEmpty(): Promise<void>;
  stop(): Promise<void>;
}

const { real } = new SystemClock();

/** Starts servers on free ports; about 50 ms for one, a second for three. With `users` nobody else gets in. */
export const startTestNats = async (users: readonly TestUser[] = []): Promise<TestNats> => {
  endOrphans();
  const count = testNatsNodes();
  const folder = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  const ports: Ports[] = [];
  for (let n = 0; n < count; n++)
    ports.push({ client: await freePort(), monitor: await freePort(), route: await freePort() });
  const routes = ports.map(({ route }) => route);
  const nodes = ports.map((own, n) => {
    const name = `node-${n + 1}`;
    return new NatsNode(name, own, path.join(folder, name), routes, users);
  });
  const start = async (): Promise<void> => {
    for (const node of nodes) node.launch();
    await Promise.all(nodes.map((node) => node.ready(count)));
  };
  const end = async (which: Which, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const chosen = await choose(nodes, which);
    await Promise.all(chosen.map((node) => node.end(signal)));
  };
  await start();
  return {
    url: ports.map(({ client }) => `nats://127.0.0.1:${client}`).join(','),
    nodes: count,
    start,
    kill: (which = 'leader') => end(which, 'SIGKILL'),
    end: (which = 'leader') => end(which, 'SIGTERM'),
    async startEmpty() {
      await end('all', 'SIGKILL');
      for (const node of nodes) node.forget();
      await start();
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.end('SIGKILL')));
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const choose = async (nodes: readonly NatsNode[], which: Which): Promise<readonly NatsNode[]> => {
  if (which === 'all' || nodes.length === 1) return nodes;
  for (let tries = 0; tries < 400; tries++) {
    for (const node of nodes.filter(({ isUp }) => isUp)) {
      const leader = await node.leader();
      if (leader === undefined) continue;
      return nodes.filter(({ name, isUp }) => isUp && (name === leader) === (which === 'leader')).slice(0, 1);
    }
    await real.sleep(25);
  }
  throw new Error('nobody leads the stream');
};
