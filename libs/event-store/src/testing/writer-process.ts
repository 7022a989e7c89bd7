import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Writing } from './contract/writing.js';

/** Where the store of a test is. */
export interface StoreAddress {
  readonly databaseUrl: string;
  readonly schema: string;
}

const MAIN = fileURLToPath(new URL('../../src/testing/writer.main.ts', import.meta.url));
const HOOK = new URL('../../../../tools/ts-hook.mjs', import.meta.url).href;

/** A process of the operating system with a store of its own: it writes, and may be killed while it does. */
export class WriterProcess {
  /** What it was answered and lived to tell. */
  readonly answers: Answer[] = [];
  private readonly exited: Promise<unknown>;
  private readonly heard = new Set<() => void>();

  private constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'exit');
    child.on('message', (message) => {
      if (message === 'ready') return;
      this.answers.push(message as Answer);
      for (const wake of this.heard) wake();
    });
  }

  /** Resolves when it is connected and waits for something to write. */
  static async start(address: StoreAddress): Promise<WriterProcess> {
    const child = fork(MAIN, [JSON.stringify(address)], {
      execArgv: ['--conditions=@managed-os/source', '--import', HOOK],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const process = new WriterProcess(child);
    const first = await Promise.race([once(child, 'message'), process.exited.then(() => [])]);
    if (first[0] !== 'ready') throw new Error('a writer process does not start');
    return process;
  }

  write(writing: Writing): void {
    this.child.send(writing);
  }

  /** Resolves when it told of so many answers. */
  async told(answers: number): Promise<void> {
    let wake = (): void => undefined;
    const enough = new Promise<void>((resolve) => {
      wake = () => (this.answers.length >= answers ? resolve() : undefined);
      this.heard.add(wake);
      wake();
    });
    await Promise.race([enough, this.exited]);
    this.heard.delete(wake);
  }

  /** Resolves when it wrote everything and ended; rejects when it ended otherwise. */
  async end(): Promise<void> {
    await this.exited;
    if (this.child.exitCode !== 0)
      throw new Error(`a writer process ended with ${this.child.signalCode ?? this.child.exitCode}`);
  }

  /** As the kernel does when memory runs out: it finishes nothing and says nothing. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

/** Each writing by a process of its own, all at once. */
export const writeInProcesses = async (address: StoreAddress, writings: readonly Writing[]): Promise<void> => {
  const processes = await Promise.all(writings.map(() => WriterProcess.start(address)));
  for (const [index, writing] of writings.entries()) processes[index]?.write(writing);
  await Promise.all(processes.map((process) => process.end()));
};
