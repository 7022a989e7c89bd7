import type { Api } from './api.js';
import type { Output } from './output.js';

/** What a command works with. */
export interface Tools {
  readonly api: Api;
  readonly out: Output;
}

/** A command line as data, and the function that carries it out. */
export interface Command {
  /** `items enforce <id>` */
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  /** `--mode <mode>` → what it means. */
  readonly options?: Readonly<Record<string, string>>;
  /** Resolves to the exit code. */
  readonly run: (args: Readonly<Record<string, string>>, tools: Tools) => Promise<number>;
}

export const command = (definition: Command): Command => definition;
