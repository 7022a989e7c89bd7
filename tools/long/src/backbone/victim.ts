import { birthOf, Keeper, type Running } from '@managed-os/local/servers';

export interface VictimOptions {
  readonly name: string;
  start(stopping: AbortSignal): Promise<Running>;
  said(line: string): void;
}

/** A process that its keeper starts again, whatever ends it; it can be killed, paused and asked to restart. */
export class Victim {
  readonly name: string;
  /** How it ended when nobody made it: each is a defect. */
  readonly surprises: string[] = [];
  private readonly keeper: Keeper;
  private running: Running | undefined;
  private expectsEnd = false;

  constructor(options: VictimOptions) {
    this.name = options.name;
    this.keeper = new Keeper({
      name: options.name,
      said: options.said,
      start: async (stopping) => {
        const running = await options.start(stopping);
        this.expectsEnd = false;
        this.running = running;
        void running.exited.then((how) => this.ended(running, how));
        return running;
      },
    });
  }

  get pid(): number | undefined {
    return this.running?.pid;
  }

  begin(): Promise<void> {
    return this.keeper.begin();
  }

  /** As by `kill -9`. */
  kill(): void {
    this.expectsEnd = true;
    this.signal('SIGKILL');
  }

  /** Asks it to end by itself; its keeper starts it again. */
  async restart(): Promise<void> {
    this.expectsEnd = true;
    await this.running?.stop();
  }

  /** Stands still until what is answered is called. */
  pause(): () => void {
    return pauseProcess(this.running?.pid);
  }

  /** Ends it for good; resolves with how. */
  async stop(): Promise<string | undefined> {
    const { running } = this;
    this.expectsEnd = true;
    await this.keeper.stop();
    return running?.exited;
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.running) process.kill(this.running.pid, signal);
  }

  private ended(running: Running, how: string): void {
    if (this.running === running) this.running = undefined;
    if (!this.expectsEnd) this.surprises.push(`${this.name} ended by itself: ${how}`);
  }
}

/** Stops a process, if it is there, and answers how to let it go on: it, and no other that got its pid. */
export const pauseProcess = (pid: number | undefined): (() => void) => {
  const born = pid === undefined ? '' : birthOf(pid);
  if (pid === undefined || born === '') return () => undefined;
  process.kill(pid, 'SIGSTOP');
  return () => {
    if (birthOf(pid) === born) process.kill(pid, 'SIGCONT');
  };
};
