import { Command, InvalidArgumentError } from 'commander';
import type { Choices, Run } from './run.js';

const DEFAULT_MINUTES = 10;
const DEFAULT_MACS = 10_000;

const minutes = (text: string): number => {
  const value = Number(text);
  if (!(value >= 0 && value <= 24 * 60)) throw new InvalidArgumentError('minutes are wanted, up to a day.');
  return value;
};

const nodes = (text: string): number => {
  if (text !== '1' && text !== '3') throw new InvalidArgumentError('1 or 3 are wanted.');
  return Number(text);
};

const macs = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > DEFAULT_MACS)
    throw new InvalidArgumentError(`a whole number from 1 to ${DEFAULT_MACS} is wanted.`);
  return value;
};

export interface Asked {
  readonly runs: readonly Run[];
  readonly choices: Choices;
}

/** Reads the command line: no name lists the runs, `all` is each in turn. Ends the process with a usage line when it does not fit. */
export const readChoices = (argv: readonly string[], runs: readonly Run[]): Asked => {
  const program = new Command('npm run long --')
    .description('What takes too long for npm test.')
    .argument('[name]', 'one of the runs below, or all')
    .option('--seed <text>', 'do again what a run with this seed did (default: a new one)')
    .option('--minutes <number>', 'how long the saboteur works; 0: every deed once', minutes, DEFAULT_MINUTES)
    .option('--nodes <number>', 'NATS servers for the saboteur: 1 or 3', nodes, 1)
    .option('--macs <number>', 'virtual Macs for the edge', macs, DEFAULT_MACS)
    .addHelpText('after', `\nRuns:\n${runs.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}`)
    .allowExcessArguments(false);
  program.parse(argv, { from: 'user' });
  const [name] = program.args;
  const chosen = name === 'all' ? runs : runs.filter((run) => run.name === name);
  if (name === undefined) program.outputHelp();
  else if (chosen.length === 0) program.error(`there is no run called ${name}`);
  const { seed = String(Date.now() % 1_000_000_000), ...rest } = program.opts<{
    seed?: string;
    minutes: number;
    nodes: number;
    macs: number;
  }>();
  return { runs: chosen, choices: { seed, ...rest } };
};

/** What children inherit. */
export const environment = (): NodeJS.ProcessEnv => process.env;
