import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';

export interface DeadlineReached {
  readonly deviceId: string;
  readonly obligationId: string;
  readonly dueAt: string;
}

/**
 * Hands over every deadline that a Mac missed: all that the bus still has and then each as it comes, in order, over
 * restarts, each at least once. Ends with the connection; rejects when `note` does, and goes on there the next time.
 */
export const followDeadlines = async (
  connection: NatsConnection,
  note: (id: string, event: DeadlineReached) => Promise<void>,
): Promise<void> => {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  // Made once and found again: the server remembers how far `helpdesk` has come.
  await manager.consumers.add('MOS_DEADLINES', {
    durable_name: 'helpdesk',
    filter_subject: 'mos.deadlines.*.deadline_reached',
    ack_policy: AckPolicy.Explicit,
    // What is not acknowledged by then comes again.
    ack_wait: nanos(5_000),
    // One at a time keeps the order when something fails in between.
    max_ack_pending: 1,
  });
  const consumer = await jetstream(connection).consumers.get('MOS_DEADLINES', 'helpdesk');
  for await (const message of await consumer.consume()) {
    const type = message.headers?.get('ce-type');
    // Not acknowledged, so it waits for the program that knows the new version.
    if (type !== 'managedos.deadlines.v1.DeadlineReached') throw new Error(`too new for this program: ${type}`);
    await note(message.headers?.get('ce-id') ?? '', message.json<DeadlineReached>());
    message.ack();
  }
};
