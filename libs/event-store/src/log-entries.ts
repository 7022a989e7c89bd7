import type { Codec } from '@managed-os/contracts';
import { EntryUnreadable } from './errors.js';
import type { LogEntry } from './event-store.js';
import { decodeEnvelope, type StoredEvent, toEnvelope } from './stored.js';

/** A message as an inbox keeps it, in the log of its store. */
export interface StoredMessage {
  readonly position: bigint;
  readonly consumer: string;
  readonly envelope: string;
}

export type StoredEntry = StoredEvent | StoredMessage;

/** Entries of the log, decoded in their order. Throws `EntryUnreadable` for the first that cannot be. */
export const toEntries = (stored: readonly StoredEntry[], source: string, codec: Codec): readonly LogEntry[] => {
  const entries: LogEntry[] = [];
  for (const entry of stored) {
    try {
      entries.push(toEntry(entry, source, codec));
    } catch (cause) {
      const type = 'type' in entry ? entry.type : `a message for ${entry.consumer}`;
      throw new EntryUnreadable(entry.position, type, entries, { cause });
    }
  }
  return entries;
};

const toEntry = (entry: StoredEntry, source: string, codec: Codec): LogEntry => {
  const { position } = entry;
  return 'consumer' in entry
    ? { position, envelope: decodeEnvelope(entry.envelope, codec), inbox: entry.consumer }
    : { position, envelope: toEnvelope(entry, source, codec) };
};
