import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { SCENARIOS } from './demo/scenarios.js';
import { SERVICES, type ServiceName } from './ingress/routes.js';

/** What a person may choose about a local system. */
export interface Settings {
  /** The checkout. */
  readonly root: string;
  /** Everything that one system keeps. */
  readonly stateDir: string;
  readonly port: number;
  /** True: this port or none. */
  readonly isPortFixed: boolean;
  readonly fresh: boolean;
  readonly only: ServiceName | undefined;
  /** Which scenario is played; undefined: the one that was begun, else the first. */
  readonly scenario: string | undefined;
  /** Virtual Macs of it; 0: none, and nothing is played; undefined: as many as the scenario has. */
  readonly macs: number | undefined;
  readonly exitWhenDone: boolean;
  /** A PostgreSQL and a NATS server that are used instead of embedded ones. */
  readonly databaseUrl: string | undefined;
  readonly natsUrl: string | undefined;
  /** What children inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What single services are given in place of what is usual here. */
  readonly instead?: Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>;
}

const DEFAULT_PORT = 8080;

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most} is wanted.`);
    return value;
  };

const scenarioHelp = (): string =>
  `what is played: ${SCENARIOS.map(({ name, about }) => `${name} (${about})`).join('; ')}; without it, what was begun here, else ${SCENARIOS[0].name}`;

/** Reads command line and environment. Ends the process with a usage line when they do not fit. */
export const readSettings = (argv: readonly string[], env = process.env): Settings => {
  const program = new Command('npm start --')
    .description('Starts the whole system on this machine: databases, services, one port, and a virtual fleet of Macs.')
    .option(
      '--port <number>',
      `this port and no other (default: ${DEFAULT_PORT}, else the next free one)`,
      whole(1, 65_535),
    )
    .option('--fresh', 'begin anew: removes what the last system kept', false)
    .addOption(
      new Option('--only <service>', 'one more process of this service, joining the running system').choices(SERVICES),
    )
    .addOption(new Option('--scenario <name>', scenarioHelp()).choices(SCENARIOS.map(({ name }) => name)))
    .option(
      '--macs <number>',
      'virtual Macs; 0: no fleet, nothing is played (default: those of the scenario)',
      whole(0, 10_000),
    )
    .option('--exit-when-done', 'end when the demonstration has; the exit code says whether all went well', false)
    .allowExcessArguments(false);
  program.parse(argv, { from: 'user' });
  const options = program.opts<{
    port?: number;
    fresh: boolean;
    only?: ServiceName;
    scenario?: string;
    macs?: number;
    exitWhenDone: boolean;
  }>();
  const root = path.resolve(import.meta.dirname, '../../..');
  return {
    root,
    stateDir: path.resolve(root, env['MOS_STATE_DIR'] || '.local'),
    port: options.port ?? DEFAULT_PORT,
    isPortFixed: options.port !== undefined,
    fresh: options.fresh,
    only: options.only,
    scenario: options.scenario,
    macs: options.macs,
    exitWhenDone: options.exitWhenDone,
    databaseUrl: env['DATABASE_URL'] || undefined,
    natsUrl: env['NATS_URL'] || undefined,
    environment: env,
  };
};
