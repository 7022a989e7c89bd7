/** What a contestant is asked to do. */
export interface Load {
  /** Callers at once. */
  readonly writers: number;
  /** Rounds that last as long as they are given. */
  readonly millis: number;
  /** Rounds that end when so many are done. */
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

export type Open = (place: Place, load: Load) => Promise<Contestant>;
