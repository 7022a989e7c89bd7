import { type Msg, type MsgHdrs, type NatsConnection, nuid } from '@nats-io/nats-core';

export interface OutgoingMessage {
  readonly subject: string;
  readonly data: string;
  readonly headers: MsgHdrs;
}

/** JetStream refused a publish; `code` is its own number. */
export class PublishRefused extends Error {
  override readonly name = 'PublishRefused';

  constructor(
    readonly code: number,
    description: string,
  ) {
    super(`publishing: ${description}`);
  }
}

/** Somebody else wrote to the stream since its last sequence was read. */
export const WRONG_LAST_SEQUENCE = 10_071;

const ANSWER_MS = 5_000;

/**
 * Publishes all messages (at most 1,000, of one stream) or none, if the stream's last sequence is still `expected`.
 * Answers the sequence of the last one. Throws `PublishRefused`; any other error means "unknown, look at the stream".
 * Written out because the client's own batch neither sends an expectation nor passes the server's code on.
 */
export const publishAtomic = async (
  connection: NatsConnection,
  messages: readonly OutgoingMessage[],
  expected: bigint,
): Promise<bigint> => {
  const batch = nuid.next();
  for (const [i, message] of messages.entries()) {
    const hdrs = message.headers;
    hdrs.set('Nats-Batch-Id', batch);
    hdrs.set('Nats-Batch-Sequence', String(i + 1));
    if (i === 0) hdrs.set('Nats-Expected-Last-Sequence', String(expected));
    const last = i === messages.length - 1;
    if (last) hdrs.set('Nats-Batch-Commit', '1');
    if (i > 0 && !last) {
      connection.publish(message.subject, message.data, { headers: hdrs });
      continue;
    }
    // The first one is answered early when the batch cannot begin, the last one with the commit.
    const answer = ackOf(
      await connection.request(message.subject, message.data, { headers: hdrs, timeout: ANSWER_MS }),
    );
    if (last && answer?.seq !== undefined) return BigInt(answer.seq);
  }
  throw new PublishRefused(0, 'the server did not commit the batch');
};

interface PubAnswer {
  readonly seq?: number;
  readonly error?: { readonly err_code: number; readonly description: string };
}

const ackOf = (reply: Msg): PubAnswer | undefined => {
  if (reply.data.length === 0) return undefined;
  const answer = reply.json<PubAnswer>();
  if (answer.error) throw new PublishRefused(answer.error.err_code, answer.error.description);
  return answer;
};

/** What one atomic batch may carry; events are at most 256 kB each. */
const BATCH_BYTES = 4_000_000;

/** Cut so that no batch is larger than the server takes at once. */
export const batches = function* (messages: readonly OutgoingMessage[]): Generator<readonly OutgoingMessage[]> {
  let batch: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (batch.length > 0 && bytes + message.data.length > BATCH_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(message);
    bytes += message.data.length;
  }
  if (batch.length > 0) yield batch;
};
