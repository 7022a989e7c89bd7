import type { AnyEvent } from '@managed-os/contracts';
import type { PgEventStore } from '@managed-os/event-store';
import type { JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import { attribute, isPublic } from './cloud-event.js';

import type { Tail } from './reconcile.js';
import { retentionOf, streamInfo, streamOf } from './streams.js';

/** The end of a context's stream, and whether all before it is there; `undefined` when there is no such stream. */
export const readTail = async (
  jsm: JetStreamManager,
  context: string,
  store: Pick<PgEventStore<AnyEvent>, 'readEvents'>,
): Promise<Tail | undefined> => {
  const stream = streamOf(context);
  const info = await streamInfo(jsm, stream);
  if (!info) return undefined;
  const { first_seq, last_seq, messages, num_deleted = 0 } = info.state;
  const tail = { lastSequence: BigInt(last_seq), expires: retentionOf(context) !== undefined, cut: false };
  if (messages === 0) return tail;
  const last = await jsm.streams.getMessage(stream, { last_by_subj: `mos.${context}.>` });
  if (!last) return tail;
  const first = tail.expires ? undefined : await jsm.streams.getMessage(stream, { seq: first_seq });
  return {
    ...tail,
    cut: !tail.expires && (num_deleted > 0 || (!!first && (await hasPublicBefore(store, positionOf(first))))),
    last: {
      sequence: BigInt(last.seq),
      position: positionOf(last),
      id: attribute(last.header, 'id') ?? '',
      source: attribute(last.header, 'source') ?? '',
    },
  };
};

const positionOf = ({ header }: StoredMsg): bigint => BigInt(attribute(header, 'position') ?? 0);

const hasPublicBefore = async (
  store: Pick<PgEventStore<AnyEvent>, 'readEvents'>,
  position: bigint,
): Promise<boolean> => {
  for (let after = 0n; ;) {
    const events = await store.readEvents(after, 100);
    const found = events.find((event) => event.position >= position || isPublic(event.type));
    if (found) return found.position < position;
    const last = events.at(-1);
    if (!last) return false;
    after = last.position;
  }
};
