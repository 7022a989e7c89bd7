import { Command as Program, CommanderError } from 'commander';
import { ApiError } from './api.js';
import type { Command, Tools } from './command.js';

/** Where the words of the program go. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Runs one command line. Exit codes: 0 done, 1 the system said no, 2 the words are wrong, 3 nobody answers.
 * `tools` is made once it is known whether `--json` was given.
 */
export const runProgram = async (
  commands: readonly Command[],
  argv: readonly string[],
  tools: (json: boolean) => Tools,
  streams: Streams,
): Promise<number> => {
  let exitCode = 0;
  const program = new Program('mos').description('Managed OS from the command line.');
  const words = (target: Program): Program =>
    target.exitOverride().configureOutput({ writeOut: streams.out, writeErr: streams.err });
  words(program);
  for (const definition of commands) {
    const target = words(descend(program, definition.name, commands, words));
    target
      .summary(definition.summary)
      .description(definition.summary)
      .addHelpText('after', `\nExample:\n  ${definition.example}`);
    for (const [flags, meaning] of Object.entries(definition.required ?? {})) target.requiredOption(flags, meaning);
    for (const [flags, meaning] of Object.entries(definition.options ?? {})) target.option(flags, meaning);
    target.option('--json', 'print the answer as JSON');
    target.action(async () => {
      const names = [...definition.name.matchAll(/[<[](\w+)[>\]]/g)].map((match) => match[1] ?? '');
      const { json, ...options } = target.opts<Record<string, string | boolean>>();
      const args: Record<string, string> = {};
      for (const [i, name] of names.entries()) if (target.args[i] !== undefined) args[name] = target.args[i];
      for (const [name, value] of Object.entries(options))
        args[name] = typeof value === 'string' ? value : value ? 'yes' : 'no';
      exitCode = await definition.run(args, tools(json === true), target.args);
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof ApiError)) throw error;
    streams.err(`mos: ${error.message}\n`);
    return error.exitCode;
  }
};

/** `items enforce <id>` becomes a command `enforce <id>` below `items`. */
const descend = (
  program: Program,
  name: string,
  all: readonly Command[],
  words: (target: Program) => Program,
): Program => {
  const parts = name.split(' ');
  const first = parts.findIndex((part) => /^[<[]/.test(part));
  const path = first === -1 ? parts : parts.slice(0, first);
  const rest = first === -1 ? [] : parts.slice(first);
  const parent = path.slice(0, -1).reduce((at, part, depth) => {
    const group = path.slice(0, depth + 1).join(' ');
    return at.commands.find((known) => known.name() === part) ?? words(at.command(part).summary(summaryOf(group, all)));
  }, program);
  // `mos items` is `mos items list`.
  return parent.command([path.at(-1), ...rest].join(' '), { isDefault: parent !== program && path.at(-1) === 'list' });
};

const summaryOf = (group: string, all: readonly Command[]): string => {
  const below = all.flatMap(({ name }) => (name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : []));
  const verbs = [...new Set(below.map((name) => name.split(' ')[0] ?? ''))];
  const others = verbs.filter((verb) => verb !== 'list').join(', ');
  return others === verbs.join(', ')
    ? `Commands: ${others}.`
    : `List the ${group.split(' ').at(-1)?.replaceAll('-', ' ')}; also ${others}.`;
};
