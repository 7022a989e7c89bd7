import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { birthOf, isAlive, pidIn } from '../infra/processes.js';
import { readState } from '../infra/state-file.js';

/** What a running system tells those who join it and tools that speak to it; `address` and `token` are for people. */
export interface SystemFile {
  readonly pid: number;
  readonly address: string;
  readonly token: string;
  readonly control: string;
  readonly environments: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Something stands in the way of the start; the message says what, and what to do. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
  readonly code = 'cannot-start';
}

const ROTATE_AT = 50_000_000;

/** The folder that holds everything one system keeps. */
export class StateFolder {
  constructor(readonly path: string) {}

  file(...parts: readonly string[]): string {
    return path.join(this.path, ...parts);
  }

  logFile(name: string): string {
    const file = this.file('logs', `${name}.log`);
    if (existsSync(file) && statSync(file).size > ROTATE_AT) renameSync(file, `${file}.old`);
    return file;
  }

  get system(): SystemFile | undefined {
    const system = readState<SystemFile>(this.file('system.json'));
    return system !== undefined && this.holder() === system.pid ? system : undefined;
  }

  /** Makes the folder ours until `release`. Throws `CannotStart` while another system runs on it. */
  take(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o711 });
    for (;;) {
      const holder = this.holder();
      if (holder !== undefined) {
        const at = readState<SystemFile>(this.file('system.json'))?.address;
        throw new CannotStart(
          `a system runs on ${this.path} already (pid ${holder}${at ? `, ${at}` : ''}): stop it first, or choose another folder with MOS_STATE_DIR`,
        );
      }
      rmSync(this.file('lock'), { force: true });
      try {
        const lock = openSync(this.file('lock'), 'wx', 0o600);
        writeSync(lock, `${process.pid}\n${birthOf(process.pid)}\n`);
        closeSync(lock);
        return;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
    }
  }

  release(): void {
    rmSync(this.file('lock'), { force: true });
  }

  /** Removes what systems kept here, and nothing else that may lie in the folder. */
  empty(extra: readonly string[]): void {
    const own = [
      'pg',
      'nats',
      'fleet',
      'ca',
      'logs',
      'clock.json',
      'scenario.json',
      'secrets.json',
      'system.json',
      'children.json',
      'fleet.json',
    ];
    for (const target of [...own.map((name) => this.file(name)), ...extra])
      rmSync(target, { recursive: true, force: true });
  }

  prepare(): void {
    for (const folder of ['logs', 'fleet']) mkdirSync(this.file(folder), { recursive: true, mode: 0o700 });
  }

  private holder(): number | undefined {
    const pid = pidIn(this.file('lock'));
    if (pid === undefined || !isAlive(pid)) return undefined;
    return readFileSync(this.file('lock'), 'utf8').split('\n')[1] === birthOf(pid) ? pid : undefined;
  }
}
