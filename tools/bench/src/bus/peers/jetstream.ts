import { AckPolicy, jetstream, type JetStreamClient, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { realTime } from '@managed-os/kernel';
import type { Open, Place } from '../../contestant.js';
import { mac, openedAsText } from '../../events.js';

const { json: PAYLOAD } = openedAsText(mac(1));

type Server = keyof Pick<Place, 'natsUrl' | 'natsDefaultUrl'>;

interface Publisher {
  readonly js: JetStreamClient;
  readonly subject: string;
}

/** An empty stream in a file, and the client that NATS publishes. */
const openStream = async (servers: string, stream: string) => {
  const subject = `bench.${stream}`;
  const connection = await connect({ servers });
  const manager = await jetstreamManager(connection);
  await manager.streams.delete(stream).catch(() => false);
  await manager.streams.add({ name: stream, subjects: [subject], storage: StorageType.File, allow_atomic: true });
  return {
    manager,
    connection,
    js: jetstream(connection),
    subject,
    async close() {
      await manager.streams.delete(stream);
      await connection.close();
    },
  };
};

const openPublisher =
  (name: string, server: Server, publish: (publisher: Publisher, count: number) => Promise<void>): Open =>
  async (place, load) => {
    const { manager, js, subject, close } = await openStream(place[server], name);
    return {
      async round() {
        await manager.streams.purge(name);
        const began = realTime.elapsed();
        await publish({ js, subject }, load.events);
        const millis = realTime.elapsed() - began;
        const { state } = await manager.streams.info(name);
        if (state.messages !== load.events) throw new Error(`${state.messages} of ${load.events} messages came in`);
        return { count: load.events, millis };
      },
      close,
    };
  };

const oneAtATime = async ({ js, subject }: Publisher, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await js.publish(subject, PAYLOAD);
};

const inFlight = async ({ js, subject }: Publisher, count: number): Promise<void> => {
  let sent = 0;
  const publishNext = async (): Promise<void> => {
    while (sent++ < count) await js.publish(subject, PAYLOAD);
  };
  await Promise.all(Array.from({ length: 256 }, publishNext));
};

const BATCH = 1_000;

const inBatches = async ({ js, subject }: Publisher, count: number): Promise<void> => {
  for (let left = count; left > 0; left -= BATCH) {
    if (left === 1) {
      await js.publish(subject, PAYLOAD);
      return;
    }
    const batch = await js.startBatch(subject, PAYLOAD);
    for (let i = 2; i < Math.min(left, BATCH); i++) batch.add(subject, PAYLOAD);
    await batch.commit(subject, PAYLOAD);
  }
};

export const openOneAtATime = openPublisher('one_at_a_time', 'natsUrl', oneAtATime);
export const openInFlight = openPublisher('in_flight', 'natsUrl', inFlight);
export const openAtomic = openPublisher('atomic', 'natsUrl', inBatches);
export const openOneAtATimeByDefault = openPublisher('one_at_a_time_by_default', 'natsDefaultUrl', oneAtATime);
export const openInFlightByDefault = openPublisher('in_flight_by_default', 'natsDefaultUrl', inFlight);
export const openAtomicByDefault = openPublisher('atomic_by_default', 'natsDefaultUrl', inBatches);

const STREAM = 'consume';

/** A durable that acknowledges each message and does nothing with it. */
export const openConsume: Open = async (place, load) => {
  const { manager, js, subject, close } = await openStream(place.natsUrl, STREAM);
  await inBatches({ js, subject }, load.events);
  let rounds = 0;
  return {
    async round() {
      const name = `bench_${(rounds += 1)}`;
      await manager.consumers.add(STREAM, {
        durable_name: name,
        ack_policy: AckPolicy.Explicit,
        max_ack_pending: 1_000,
      });
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
