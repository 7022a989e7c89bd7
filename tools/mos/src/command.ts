import type { RealTime } from '@managed-os/kernel';
import type { Api } from './api.js';
import type { Output } from './output.js';

/** What comes on standard input. */
export interface Input {
  /** A person types it. */
  readonly terminal: boolean;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What a command works with. */
export interface Tools {
  readonly api: Api;
  readonly input: Input;
  readonly out: Output;
  readonly real: RealTime;
}

/** A command line as data, and the function that carries it out. */
export interface Command {
  /** `items enforce <id>`; `[context]` may be left out, `<path...>` may be many. */
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  /** `--mode <mode>` → what it means. */
  readonly options?: Readonly<Record<string, string>>;
  /** Options without which the command is not understood. */
  readonly required?: Readonly<Record<string, string>>;
  /**
   * Resolves to the exit code. What was not given is absent; a flag is `yes`, a `--no-…` that was given is `no`. `words` are
   * all words behind the command's own, for a name that may be many.
   */
  readonly run: (args: Readonly<Record<string, string>>, tools: Tools, words: readonly string[]) => Promise<number>;
}

export const command = (definition: Command): Command => definition;
