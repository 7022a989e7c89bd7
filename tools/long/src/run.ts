/** What a person may choose about a run. */
export interface Choices {
  /** The same seed does the same things. */
  readonly seed: string;
  readonly minutes: number;
  /** NATS servers. */
  readonly nodes: number;
  /** Virtual Macs. */
  readonly macs: number;
}

/** One of the runs that are too long for `npm test`. */
export interface Run {
  readonly name: string;
  readonly summary: string;
  /** Says what it does line by line; resolves with an exit code. Ends early, and leaves nothing, when `ending` aborts. */
  run(choices: Choices, say: (line: string) => void, ending: AbortSignal): Promise<number>;
}
