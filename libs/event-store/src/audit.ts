import { createHash } from 'node:crypto';
import type { Instant } from '@managed-os/kernel';
import type { StoredEvent } from './stored.js';

/** What can be wrong with a store. */
export type FaultKind =
  /** Not the sha256 of the event behind the digest before it. */
  | 'digest-wrong'
  /** Not the revision after the one before it in its stream. */
  | 'revision-wrong'
  | 'position-missing'
  | 'position-twice'
  | 'time-backwards'
  /** The table that keeps ids unique does not have the event's, or has it elsewhere. */
  | 'id-missing'
  /** The head of a stream is not its last event, or names no event of the stream as the one a load starts at. */
  | 'head-wrong'
  /** The store believes its log ends elsewhere, or earlier in time, than it does. */
  | 'end-wrong';

export interface Fault {
  readonly kind: FaultKind;
  readonly position?: bigint;
  readonly stream?: string;
  readonly detail: string;
}

export interface AuditedEvent extends Omit<StoredEvent, 'metadata' | 'recordedAt'> {
  /** As stored, in hexadecimal. */
  readonly digest: string;
  /** Where the table of ids has it. */
  readonly idPosition: bigint | undefined;
}

export interface AuditedHead {
  readonly stream: string;
  readonly revision: bigint;
  readonly digest: string;
  readonly openRevision: bigint;
  readonly openPosition: bigint;
  /** The revision of the event at that position, if it is one of this stream. */
  readonly revisionThere: bigint | undefined;
}

interface Link {
  readonly revision: bigint;
  readonly digest: string;
}

/**
 * Judges a log that is shown to it entry by entry, in position order. Each event is judged by the stored digest before it,
 * so one that was changed is one fault and not as many as follow it. Keeps a digest per stream and nothing else.
 */
export class Audit {
  readonly faults: Fault[] = [];
  /** There are more faults than are kept. */
  more = false;
  events = 0n;
  messages = 0n;
  streams = 0n;
  private last: bigint;
  private lastTime: Instant | undefined;
  private readonly links = new Map<string, Link>();

  /** `archivedTo`: the log no longer holds events up to this position; 0 when it holds all. */
  constructor(
    private readonly archivedTo: bigint,
    private readonly mostFaults: number,
  ) {
    this.last = archivedTo;
  }

  /** The position of the last entry that was shown. */
  get upTo(): bigint {
    return this.last;
  }

  message(position: bigint, time: Instant): void {
    this.messages += 1n;
    this.follows(position, time);
  }

  event(event: AuditedEvent): void {
    const { position, stream, revision, digest, idPosition } = event;
    this.events += 1n;
    this.follows(position, event.time, stream);
    if (idPosition !== position) {
      const detail = idPosition === undefined ? 'event_ids has not its id' : `event_ids has its id at ${idPosition}`;
      this.note({ kind: 'id-missing', position, stream, detail });
    }
    const previous = this.links.get(stream);
    if (!previous) this.streams += 1n;
    if (revision !== (previous?.revision ?? 0n) + 1n) {
      // The first one left of an archived stream vouches for those after it; nothing is left to vouch for itself.
      const detail = previous ? `revision ${revision} after ${previous.revision}` : `begins at revision ${revision}`;
      if (previous || this.archivedTo === 0n) this.note({ kind: 'revision-wrong', position, stream, detail });
    } else if (digest !== digestOf(event, previous?.digest ?? beginningOf(stream))) {
      const detail = `not the digest of its id, type, revision, time and data behind revision ${revision - 1n}`;
      this.note({ kind: 'digest-wrong', position, stream, detail });
    }
    this.links.set(stream, { revision, digest });
  }

  /** After the last entry: where the store itself says that its log ends. */
  end(position: bigint, time: Instant): void {
    if (this.last < position) this.noteMissing(position);
    if (this.last > position)
      this.note({ kind: 'end-wrong', detail: `the log goes on to ${this.last}, store says it ends at ${position}` });
    if (this.lastTime !== undefined && time < this.lastTime)
      this.note({ kind: 'end-wrong', detail: `the log's last time is ${this.lastTime}, store says ${time}` });
  }

  /** After the end: the head of each stream, once. */
  head({ stream, revision, digest, openRevision, openPosition, revisionThere }: AuditedHead): void {
    const last = this.links.get(stream);
    this.links.delete(stream);
    const note = (detail: string): void => this.note({ kind: 'head-wrong', stream, detail });
    if (!last && this.archivedTo > 0n) return;
    if (revision !== last?.revision)
      note(`says revision ${revision}, the log ${last?.revision ?? 'has no event of it'}`);
    else if (digest !== last.digest) note(`has not the digest of revision ${revision}`);
    if (openPosition > this.archivedTo && revisionThere !== openRevision)
      note(`says a load starts at revision ${openRevision}, position ${openPosition}, where it is not`);
  }

  /** After the heads: streams that have none. */
  headless(): void {
    for (const stream of this.links.keys()) this.note({ kind: 'head-wrong', stream, detail: 'is not there' });
  }

  private follows(position: bigint, time: Instant, stream?: string): void {
    const at = { position, ...(stream !== undefined && { stream }) };
    if (position > this.last + 1n) this.noteMissing(position - 1n);
    if (position === this.last)
      this.note({ kind: 'position-twice', position, detail: 'an event and a message have it' });
    if (this.lastTime !== undefined && time < this.lastTime)
      this.note({ kind: 'time-backwards', ...at, detail: `${time} after ${this.lastTime}` });
    this.last = position;
    this.lastTime = time;
  }

  private noteMissing(to: bigint): void {
    const from = this.last + 1n;
    const detail = from === to ? 'no event or message has it' : `nor has any event or message those up to ${to}`;
    this.note({ kind: 'position-missing', position: from, detail });
  }

  private note(fault: Fault): void {
    if (this.faults.length < this.mostFaults) this.faults.push(fault);
    else this.more = true;
  }
}

const beginningOf = (stream: string): string => createHash('sha256').update(stream).digest('hex');

/** As the append function chains it. */
const digestOf = ({ id, type, revision, time, data }: AuditedEvent, previous: string): string =>
  createHash('sha256').update(previous, 'hex').update(`${id}\n${type}\n${revision}\n${time}\n${data}`).digest('hex');
