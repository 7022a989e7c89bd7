import { contexts, encodeEvent, entryOf, subjectOf } from '@managed-os/contracts';
import type { UpdateFact } from '@managed-os/device-update';
import { type Instant, reactionId } from '@managed-os/kernel';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';

/** Deadlines and devices as this service meets them: their streams on NATS. Every message is published twice. */
export const openNeighbours = async (natsUrl: string) => {
  const connection = await connect({ servers: natsUrl });
  const manager = await jetstreamManager(connection);
  for (const name of Object.keys(contexts).filter((context) => context !== 'updates'))
    await manager.streams.add({ name: `MOS_${name.toUpperCase()}`, subjects: [`mos.${name}.>`] });
  const js = jetstream(connection);
  let count = 0;
  return {
    /** Publishes one fact and answers its id. */
    async tell(fact: UpdateFact, time: Instant): Promise<string> {
      count += 1;
      const { context, schema } = entryOf(fact.type);
      const id = reactionId('neighbour', count);
      const head = headers();
      const attributes = {
        specversion: '1.0',
        id,
        source: `mos://${context.name}/test`,
        type: schema.typeName,
        subject: `test-${fact.deviceId}`,
        time,
        recordedtime: time,
        revision: String(count),
        position: String(count),
        correlationid: reactionId('correlation', count),
        actor: 'test',
      };
      for (const [name, value] of Object.entries(attributes)) head.set(`ce-${name}`, value);
      for (let copy = 0; copy < 2; copy++)
        await js.publish(subjectOf(fact.type, fact.deviceId), encodeEvent(fact).json, { headers: head });
      return id;
    },
    /** Messages that this service has not acknowledged, over all streams. */
    async unread(): Promise<number> {
      const waiting = await Promise.all(
        ['MOS_DEADLINES', 'MOS_DEVICES'].map((stream) => manager.consumers.info(stream, 'progress')),
      );
      return waiting.reduce((sum, { num_pending, num_ack_pending }) => sum + num_pending + num_ack_pending, 0);
    },
    /** The names of the public events of one Mac that this service has published. */
    async heard(deviceId: string): Promise<readonly string[]> {
      const stream = await js.streams.get('MOS_UPDATES');
      const { state } = await stream.info();
      const names: string[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
        const message = await stream.getMessage({ seq });
        if (message?.subject.startsWith(`mos.updates.${deviceId}.`)) names.push(message.subject.split('.')[3] ?? '');
      }
      return names;
    },
    close: () => connection.close(),
  };
};

export type Neighbours = Awaited<ReturnType<typeof openNeighbours>>;
