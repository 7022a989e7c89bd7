import type { Profiler } from './measure/profiler.js';

/** What a contestant is asked to do. */
export interface Load {
  /** Callers at once. */
  readonly writers: number;
  /** A round lasts so long, where it has no other end. */
  readonly millis: number;
  /** Events that are there before a round, or that it has to do with. */
  readonly events: number;
}

/** What one round came to. */
export interface Round {
  readonly count: number;
  readonly millis: number;
  /** In milliseconds. */
  readonly p50?: number;
  readonly p99?: number;
  /** What was counted besides, by its name. */
  readonly facts?: Readonly<Record<string, number>>;
}

/** Somebody who was made ready for rounds. */
export interface Contestant {
  /** The process whose time counts, when it is not the one that asks for rounds, and who watches it. */
  readonly pid?: number;
  readonly profiler?: Profiler;
  round(): Promise<Round>;
  close(): Promise<void>;
}

/** The servers that a run has to itself. */
export interface Place {
  /** As superuser. */
  readonly databaseUrl: string;
  /** Every acknowledged message is on the disk. */
  readonly natsUrl: string;
  /** As nats-server does by default: synced every two minutes. */
  readonly natsDefaultUrl: string;
}

/** Throws `NotInstalled` where a program is missing that only some machines have. */
export type Open = (place: Place, load: Load) => Promise<Contestant>;

/** The contestant is a program that is not on PATH. */
export class NotInstalled extends Error {
  override readonly name = 'NotInstalled';
  readonly code = 'not-installed';

  constructor(readonly program: string) {
    super(`${program} is not installed`);
  }
}
