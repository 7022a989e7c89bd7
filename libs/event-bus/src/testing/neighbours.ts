import { type Context, contexts, type ManagedOsEvent } from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { type Instant, reactionId } from '@managed-os/kernel';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { toMessage } from '../cloud-event.js';
import { request } from '../request.js';
import { streamOf } from '../streams.js';

/** The other services as one service meets them: their streams on NATS, what it publishes, and requests. */
export interface Neighbours {
  /** Publishes an event as its own service would, twice, and answers its id. `token` names whom it is about. */
  tell(event: ManagedOsEvent, about: { readonly token: string; readonly time: Instant }): Promise<string>;
  /** How many messages of these contexts the service has not acknowledged yet. */
  unread(service: string, ...from: readonly Context[]): Promise<number>;
  /** The names of the public events about a token that the service has published, in order. */
  heard(token: string): Promise<readonly string[]>;
  /** Throws `RequestFailed` when no result comes within 5 s. */
  ask<T>(subject: string, body: unknown): Promise<T>;
  close(): Promise<void>;
}

/** Makes the streams of every context but the service's own. */
export const openNeighbours = async (natsUrl: string, own: Context): Promise<Neighbours> => {
  const connection = await connect({ servers: natsUrl.split(',') });
  const manager = await jetstreamManager(connection);
  for (const { name } of Object.values(contexts))
    if (name !== own.name) await manager.streams.add({ name: streamOf(name), subjects: [`mos.${name}.>`] });
  const js = jetstream(connection);
  let count = 0;
  return {
    async tell(event, { token, time }) {
      count += 1;
      const envelope = envelopeOf(event, {
        id: reactionId('neighbour', count),
        subject: `test-${token}`,
        time,
        recordedAt: time,
        revision: BigInt(count),
        position: BigInt(count),
        correlationId: reactionId('correlation', count),
      });
      const { subject, data, headers } = toMessage(envelope);
      for (let copy = 0; copy < 2; copy++) await js.publish(subject, data, { headers });
      return envelope.id;
    },
    async unread(service, ...from) {
      const infos = await Promise.all(from.map(({ name }) => manager.consumers.info(streamOf(name), service)));
      return infos.reduce((sum, { num_pending, num_ack_pending }) => sum + num_pending + num_ack_pending, 0);
    },
    async heard(token) {
      const stream = await js.streams.get(streamOf(own.name)).catch(() => undefined);
      if (!stream) return [];
      const { state } = await stream.info();
      const names: string[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
        const message = await stream.getMessage({ seq });
        if (message?.subject.startsWith(`mos.${own.name}.${token}.`)) names.push(message.subject.split('.')[3] ?? '');
      }
      return names;
    },
    ask: (subject, body) => request(connection, subject, body, 5_000),
    close: () => connection.close(),
  };
};
