import { contexts, entryOf, encodeEvent, type ManagedOsEvent, subjectOf } from '@managed-os/contracts';
import { request } from '@managed-os/event-bus';
import { type Instant, reactionId } from '@managed-os/kernel';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';
import { tokenOfFact } from './facts.js';

/** The other services as this one meets them: their streams on NATS, and requests. Every message is published twice. */
export const openNeighbours = async (natsUrl: string) => {
  const connection = await connect({ servers: natsUrl });
  const manager = await jetstreamManager(connection);
  for (const name of Object.keys(contexts).filter((context) => context !== 'deadlines'))
    await manager.streams.add({ name: `MOS_${name.toUpperCase()}`, subjects: [`mos.${name}.>`] });
  const js = jetstream(connection);
  let count = 0;
  const publish = async (event: ManagedOsEvent, time: Instant): Promise<string> => {
    count += 1;
    const { context, schema } = entryOf(event.type);
    const token = tokenOfFact(event);
    const id = reactionId('neighbour', count);
    const head = headers();
    const attributes = {
      specversion: '1.0',
      id,
      source: `mos://${context.name}/test`,
      type: schema.typeName,
      subject: `test-${token}`,
      time,
      recordedtime: time,
      revision: String(count),
      position: String(count),
      correlationid: reactionId('correlation', count),
      actor: 'test',
    };
    for (const [name, value] of Object.entries(attributes)) head.set(`ce-${name}`, value);
    for (let copy = 0; copy < 2; copy++)
      await js.publish(subjectOf(event.type, token), encodeEvent(event).json, { headers: head });
    return id;
  };
  return {
    async tell(time: Instant, ...events: readonly ManagedOsEvent[]): Promise<readonly string[]> {
      const ids: string[] = [];
      for (const event of events) ids.push(await publish(event, time));
      return ids;
    },
    ask: <T>(subject: string, body: unknown) => request<T>(connection, subject, body, 5_000),
    /** The names of the public events of one Mac that this service has published. */
    async heard(deviceId: string): Promise<readonly string[]> {
      const stream = await js.streams.get('MOS_DEADLINES').catch(() => undefined);
      if (!stream) return [];
      const { state } = await stream.info();
      const names: string[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
        const message = await stream.getMessage({ seq });
        if (message?.subject.startsWith(`mos.deadlines.${deviceId}.`)) names.push(message.subject.split('.')[3] ?? '');
      }
      return names;
    },
    close: () => connection.close(),
  };
};

export type Neighbours = Awaited<ReturnType<typeof openNeighbours>>;
