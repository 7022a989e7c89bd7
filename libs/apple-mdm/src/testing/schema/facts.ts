import { readFileSync } from 'node:fs';

/** Where on macOS something exists and for whom; of a key, only what differs from the message that it is in. */
export interface Support {
  readonly introduced?: string;
  readonly deprecated?: string;
  readonly removed?: string;
  /** For supervised Macs only. */
  readonly supervised?: true;
  /** Not on this channel. */
  readonly deviceChannel?: false;
  readonly userChannel?: false;
  readonly accessRights?: string;
  /** Of declarations and status items: supervised, user, local. */
  readonly enrollments?: readonly string[];
  readonly scopes?: readonly string[];
}

export type FactType = 'string' | 'integer' | 'real' | 'boolean' | 'date' | 'data' | 'array' | 'dictionary' | 'any';

/** What a key may hold. A key called `ANY` stands for all others. */
export interface Fact {
  readonly type: FactType;
  readonly required?: true;
  readonly values?: readonly (string | number)[];
  readonly range?: readonly [number, number];
  readonly format?: string;
  readonly on?: Support;
  /** Of a dictionary. */
  readonly keys?: Facts;
  /** Of an array. */
  readonly items?: Fact;
  /** What a text may say, each with where. */
  readonly choices?: Readonly<Record<string, Support>>;
}

export type Facts = Readonly<Record<string, Fact>>;

export interface MessageFacts {
  readonly on: Support;
  readonly keys: Facts;
  readonly answer?: Facts;
  /** How several declarations of a type work together. */
  readonly apply?: string;
}

export const GROUPS = [
  'commands',
  'checkins',
  'profiles',
  'errors',
  'declarations',
  'statusItems',
  'protocol',
  'other',
] as const;

export type Group = (typeof GROUPS)[number];

/** Apple's schema as far as it concerns macOS and this library. */
export type Schema = Readonly<Record<Group, Readonly<Record<string, MessageFacts>>>>;

export const FACTS_FILE = new URL('./facts.generated.json', import.meta.url);

export const readFacts = (): Schema => JSON.parse(readFileSync(FACTS_FILE, 'utf8')) as Schema;
