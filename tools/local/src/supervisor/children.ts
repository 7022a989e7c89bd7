import { endOrphan, runs } from '../infra/processes.js';
import { readState, writeState } from '../infra/state-file.js';

interface Child {
  readonly pid: number;
  /** On its command line: pids are used again. */
  readonly mark: string;
}

/** The processes of this system, noted in a file so that the next system can end what a killed supervisor left. */
export class Children {
  private readonly noted = new Map<string, Child>();

  constructor(private readonly file: string) {}

  /** What such a file notes: the last process of each. */
  static pidsIn(file: string): ReadonlyMap<string, number> {
    const noted = Object.entries(readState<Record<string, Child>>(file) ?? {});
    return new Map(noted.map(([name, { pid }]) => [name, pid]));
  }

  note(name: string, pid: number, mark: string): void {
    this.noted.set(name, { pid, mark });
    writeState(this.file, Object.fromEntries(this.noted));
  }

  /** Ends what is noted and still runs; resolves with its names. */
  async endOrphans(): Promise<readonly string[]> {
    const left = Object.entries(readState<Record<string, Child>>(this.file) ?? {}).filter(([, { pid, mark }]) =>
      runs(pid, mark),
    );
    await Promise.all(left.map(([, { pid, mark }]) => endOrphan(pid, mark, 'SIGTERM')));
    return left.map(([name]) => name);
  }
}
