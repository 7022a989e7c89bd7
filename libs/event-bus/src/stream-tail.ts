import type { JetStreamManager } from '@nats-io/jetstream';
import { attribute } from './cloud-event.js';
import type { Tail } from './reconcile.js';
import { retentionOf, streamInfo, streamOf } from './streams.js';

/** The end of a context's stream; `undefined` when there is no such stream. */
export const readTail = async (jsm: JetStreamManager, context: string): Promise<Tail | undefined> => {
  const stream = streamOf(context);
  const info = await streamInfo(jsm, stream);
  if (!info) return undefined;
  const tail = { lastSequence: BigInt(info.state.last_seq), expires: retentionOf(context) !== undefined };
  if (info.state.messages === 0) return tail;
  const last = await jsm.streams.getMessage(stream, { last_by_subj: `mos.${context}.>` });
  if (!last) return tail;
  return {
    ...tail,
    last: {
      sequence: BigInt(last.seq),
      position: BigInt(attribute(last.header, 'position') ?? 0),
      id: attribute(last.header, 'id') ?? '',
      source: attribute(last.header, 'source') ?? '',
    },
  };
};
