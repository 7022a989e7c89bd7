import { AckPolicy, jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { JetStreamClient } from '@nats-io/jetstream';
import { realTime } from '@managed-os/kernel';
import type { Open, Place } from '../../contestant.js';
import { mac, openedAsText } from '../../events.js';

const STREAM = 'BENCH';
const SUBJECT = 'bench.event';
const { json: PAYLOAD } = openedAsText(mac(1));

type Server = keyof Pick<Place, 'natsUrl' | 'natsDefaultUrl'>;

interface Publisher {
  readonly js: JetStreamClient;
  readonly connection: NatsConnection;
}

/** An empty stream in a file, and the client that NATS publishes. */
const openStream = async (servers: string) => {
  const connection = await connect({ servers });
  const manager = await jetstreamManager(connection);
  await manager.streams.delete(STREAM).catch(() => false);
  await manager.streams.add({ name: STREAM, subjects: [SUBJECT], storage: StorageType.File, allow_atomic: true });
  return {
    manager,
    connection,
    js: jetstream(connection),
    async close() {
      await manager.streams.delete(STREAM);
      await connection.close();
    },
  };
};

const openPublisher =
  (server: Server, publish: (publisher: Publisher, count: number) => Promise<void>): Open =>
  async (place, load) => {
    const { manager, connection, js, close } = await openStream(place[server]);
    return {
      async round() {
        await manager.streams.purge(STREAM);
        const began = realTime.elapsed();
        await publish({ js, connection }, load.events);
        const millis = realTime.elapsed() - began;
        const { state } = await manager.streams.info(STREAM);
        if (state.messages !== load.events) throw new Error(`${state.messages} of ${load.events} messages came in`);
        return { count: load.events, millis };
      },
      close,
    };
  };

const oneAtATime = async ({ js }: Publisher, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await js.publish(SUBJECT, PAYLOAD);
};

const inFlight = async ({ js }: Publisher, count: number): Promise<void> => {
  let sent = 0;
  const publishNext = async (): Promise<void> => {
    while (sent++ < count) await js.publish(SUBJECT, PAYLOAD);
  };
  await Promise.all(Array.from({ length: 256 }, publishNext));
};

const BATCH = 1_000;

const inBatches = async ({ js }: Publisher, count: number): Promise<void> => {
  for (let left = count; left > 0; left -= BATCH) {
    if (left === 1) {
      await js.publish(SUBJECT, PAYLOAD);
      return;
    }
    const batch = await js.startBatch(SUBJECT, PAYLOAD);
    for (let i = 2; i < Math.min(left, BATCH); i++) batch.add(SUBJECT, PAYLOAD);
    await batch.commit(SUBJECT, PAYLOAD);
  }
};

export const openOneAtATime = openPublisher('natsUrl', oneAtATime);
export const openInFlight = openPublisher('natsUrl', inFlight);
export const openAtomic = openPublisher('natsUrl', inBatches);
export const openOneAtATimeByDefault = openPublisher('natsDefaultUrl', oneAtATime);
export const openInFlightByDefault = openPublisher('natsDefaultUrl', inFlight);
export const openAtomicByDefault = openPublisher('natsDefaultUrl', inBatches);

/** A durable that acknowledges each message and does nothing with it. */
export const openConsume: Open = async (place, load) => {
  const { manager, connection, js, close } = await openStream(place.natsUrl);
  await inBatches({ js, connection }, load.events);
  let rounds = 0;
  return {
    async round() {
      const name = `bench_${(rounds += 1)}`;
      await manager.consumers.add(STREAM, { durable_name: name, ack_policy: AckPolicy.Explicit, max_ack_pending: 1_000 });
      const consumer = await js.consumers.get(STREAM, name);
      const messages = await consumer.consume({ max_messages: 500 });
      let count = 0;
      let began = 0;
      for await (const message of messages) {
        if (count === 0) began = realTime.elapsed();
        message.ack();
        if (++count === load.events) break;
      }
      const millis = realTime.elapsed() - began;
      await manager.consumers.delete(STREAM, name);
      return { count, millis };
    },
    close,
  };
};
