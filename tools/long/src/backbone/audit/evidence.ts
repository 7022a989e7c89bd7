import type { Asked } from '../journal.js';
import type { Tally } from '../tally.js';

/** An event as its row in the store says it. */
export interface EventRow {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  /** `…Z` */
  readonly time: string;
  readonly causationId: string | undefined;
  /** JSON, as stored. */
  readonly data: string;
  /** Hex. */
  readonly digest: string;
}

export interface InboxRow {
  readonly position: number;
  readonly consumer: string;
  readonly messageId: string;
  readonly sequence: number | undefined;
  /** The stream of the event that was heard, where the inbox keeps it. */
  readonly subject: string | undefined;
}

export interface Head {
  readonly stream: string;
  readonly revision: number;
  readonly digest: string;
}

/** Everything of one store, in position order. */
export interface StoreEvidence {
  readonly name: string;
  readonly source: string;
  readonly lastPosition: number;
  readonly events: readonly EventRow[];
  readonly inbox: readonly InboxRow[];
  readonly heads: readonly Head[];
  readonly tallies: readonly Tally[];
}

export interface Message {
  readonly sequence: number;
  readonly subject: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly position: number;
  readonly revision: number;
  readonly causationId: string | undefined;
  readonly body: string;
}

/** Everything that the auditor compares; gathered when all is healed and quiet. */
export interface Evidence {
  readonly writers: readonly { readonly name: string; readonly asked: readonly Asked[] }[];
  readonly first: StoreEvidence;
  readonly firstStream: readonly Message[];
  readonly second: StoreEvidence;
  readonly secondStream: readonly Message[];
  /** Of the consuming service: dead letters that no operator settled, and Macs that are still parked. */
  readonly openLetters: readonly string[];
  readonly parked: readonly string[];
}

/** Something that is not as it must be. `rule` says what was promised. */
export interface Difference {
  readonly rule: string;
  readonly what: string;
}
