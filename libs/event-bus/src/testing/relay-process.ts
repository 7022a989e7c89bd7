import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface RelayAddress {
  readonly databaseUrl: string;
  readonly schema: string;
  /** Of NATS. */
  readonly servers: string;
  readonly replicas: number;
}

const MAIN = fileURLToPath(new URL('../../src/testing/relay.main.ts', import.meta.url));
const HOOK = new URL('../../../../tools/ts-hook.mjs', import.meta.url).href;

/** A process of the operating system that relays, to be killed while it does. */
export class RelayProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly exited: Promise<unknown>,
  ) {}

  /** Resolves when it relays. */
  static async start(address: RelayAddress): Promise<RelayProcess> {
    const child = fork(MAIN, [JSON.stringify(address)], {
      execArgv: ['--conditions=@managed-os/source', '--import', HOOK],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const exited = once(child, 'exit');
    const [first] = await Promise.race([once(child, 'message'), exited.then(() => [])]);
    if (first !== 'ready') throw new Error('a relay process does not start');
    return new RelayProcess(child, exited);
  }

  /** It finishes nothing and says nothing. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
