import path from 'node:path';
import type { ServiceSettings } from './actors/deadlines.js';
import type { ConsumerSettings } from './actors/progress.js';
import type { WriterSettings } from './actors/writer.js';
import { Link } from './link.js';
import { startProgram } from './program.js';
import { type Servers, urlOf } from './servers.js';
import { Victim } from './victim.js';

/** A program of ours, and the networks by which it reaches the servers. */
export interface Actor {
  readonly victim: Victim;
  readonly links: readonly { readonly to: string; readonly link: Link }[];
}

export interface Cast {
  readonly writers: readonly Actor[];
  readonly services: readonly Actor[];
  readonly journals: readonly { readonly name: string; readonly path: string }[];
}

interface Stage {
  readonly folder: string;
  readonly seed: string;
  readonly macs: number;
  readonly appendsPerSecond: number;
  readonly servers: Servers;
  readonly said: (line: string) => void;
}

/** Two writers, two relays of the first store, two replicas of the service that consumes; each with networks of its own. */
export const startActors = async (stage: Stage, undo: (() => Promise<unknown>)[]): Promise<Cast> => {
  const journalOf = (name: string): string => path.join(stage.folder, `${name}.journal`);
  const names = ['writer-1', 'writer-2'];
  const writers = await Promise.all(
    names.map((name) =>
      open(stage, name, 'writer', ({ databaseUrl }): WriterSettings => {
        const { seed, macs, appendsPerSecond } = stage;
        return { name, databaseUrl: databaseUrl('deadlines'), journal: journalOf(name), seed, macs, appendsPerSecond };
      }),
    ),
  );
  const service = ({ databaseUrl, servers }: Addresses, user: string): ServiceSettings => ({
    ...{ databaseUrl: databaseUrl(user), servers, user, pass: user },
    replicas: stage.servers.nats.length,
  });
  const relays = await Promise.all(
    ['deadlines-1', 'deadlines-2'].map((name) =>
      open(stage, name, 'deadlines', (addresses): ServiceSettings => service(addresses, 'deadlines')),
    ),
  );
  const consumers = await Promise.all(
    ['progress-1', 'progress-2'].map((name) =>
      open(stage, name, 'progress', (addresses): ConsumerSettings => ({
        ...service(addresses, 'progress'),
        seed: stage.seed,
      })),
    ),
  );
  const services = [...relays, ...consumers];
  for (const { victim, links } of [...writers, ...services]) {
    undo.push(async () => {
      await victim.stop();
      for (const { link } of links) await link.close();
    });
    await victim.begin();
  }
  return { writers, services, journals: names.map((name) => ({ name, path: journalOf(name) })) };
};

interface Addresses {
  databaseUrl(schema: string): string;
  readonly servers: string;
}

const open = async (
  { folder, servers, said }: Stage,
  name: string,
  program: Parameters<typeof startProgram>[2],
  settingsFor: (addresses: Addresses) => object,
): Promise<Actor> => {
  const toPostgres = await Link.open(servers.postgresPort);
  const toNats = program === 'writer' ? [] : await Promise.all(servers.natsPorts.map((port) => Link.open(port)));
  const settings = settingsFor({
    databaseUrl: (schema) => urlOf(toPostgres.port, { role: `mos_${schema}` }),
    servers: toNats.map(({ port }) => `nats://127.0.0.1:${port}`).join(','),
  });
  const victim = new Victim({ name, said, start: () => startProgram(folder, name, program, settings) });
  const links = [
    { to: 'postgres', link: toPostgres },
    ...toNats.map((link, index) => ({ to: servers.nats[index]?.name ?? 'nats', link })),
  ];
  return { victim, links };
};
