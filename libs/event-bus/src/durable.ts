import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

/** The one priority group of our durables: of all who ask, one is pinned and gets everything. */
export const GROUP = 'reader';

export interface DurableOptions {
  readonly stream: string;
  readonly durable: string;
  /**
   * What the server hands over. One pattern and no list: with a list nats-server looks through the subjects of all Macs
   * for each message, at 16 to 40 times the cost. What nobody handles is acknowledged by the reader.
   */
  readonly filter: string;
  readonly ackWaitMs: number;
  /** How many messages may be unacknowledged at once: the bound of a reader's memory. */
  readonly inHand: number;
  /** A pinned reader that asked for nothing so long loses its place to another. */
  readonly pinMs: number;
}

export const CONSUMER_NOT_FOUND = 10_014;

/**
 * Creates a durable, or brings an existing one up to date: its filters may have changed with the handlers. Event types
 * that are new to an existing durable come from where it stands; those before it were acknowledged unhandled and stay so.
 */
export const ensureDurable = async (jsm: JetStreamManager, options: DurableOptions): Promise<ConsumerInfo> => {
  const wanted = {
    filter_subjects: [options.filter],
    ack_wait: nanos(options.ackWaitMs),
    max_ack_pending: options.inHand,
    // Our own list of tries ends first and leaves a dead letter; the server's limit would drop a message silently.
    max_deliver: -1,
    priority_groups: [GROUP],
    priority_policy: 'pinned_client',
    priority_timeout: nanos(options.pinMs),
  } satisfies Partial<ConsumerConfig>;
  const existing = await consumerInfo(jsm, options);
  if (!existing) {
    return jsm.consumers.add(options.stream, {
      ...wanted,
      durable_name: options.durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    });
  }
  return agrees(wanted, existing.config) ? existing : jsm.consumers.update(options.stream, options.durable, wanted);
};

const consumerInfo = async (
  jsm: JetStreamManager,
  { stream, durable }: DurableOptions,
): Promise<ConsumerInfo | undefined> => {
  try {
    return await jsm.consumers.info(stream, durable);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND) return undefined;
    throw error;
  }
};

const agrees = (wanted: Partial<ConsumerConfig>, actual: ConsumerConfig): boolean => {
  const have = { ...actual, filter_subjects: filtersOf(actual) };
  return Object.entries(wanted).every(
    ([option, value]) => JSON.stringify(have[option as keyof ConsumerConfig]) === JSON.stringify(value),
  );
};

const filtersOf = ({ filter_subject, filter_subjects }: ConsumerConfig): string[] =>
  [...(filter_subjects ?? (filter_subject ? [filter_subject] : []))].toSorted();
