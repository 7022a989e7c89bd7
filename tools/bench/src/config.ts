import { Command } from 'commander';

/** What a person asks for. */
export interface Asked {
  /** None: a list of what there is. */
  readonly name: string | undefined;
  readonly quick: boolean;
  readonly json: boolean;
  readonly only: string | undefined;
  /** A row to be run alone, under Node's profiler. */
  readonly profile: string | undefined;
}

/** Reads the command line. Ends the process with a usage line when it does not fit. */
export const readAsked = (argv: readonly string[]): Asked => {
  const program = new Command('npm run bench --')
    .description('Measures us beside our peers, on servers of its own. Without a name: what there is to measure.')
    .argument('[name]')
    .option('--quick', 'a load that takes no time, to see that everything works; its figures say nothing', false)
    .option('--json', 'every round, for machines', false)
    .option('--only <row>', 'this row alone')
    .option('--profile <row>', 'what ours spends its time on in this row')
    .allowExcessArguments(false);
  program.parse(argv, { from: 'user' });
  const options = program.opts<{ quick: boolean; json: boolean; only?: string; profile?: string }>();
  return {
    name: program.args[0],
    quick: options.quick,
    json: options.json,
    only: options.only,
    profile: options.profile,
  };
};

/** What a program that is started here gets of the environment. */
export const inherited = (): NodeJS.ProcessEnv => process.env;
