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
  /** What its reader handles of that. */
  readonly patterns: readonly string[];
  readonly ackWaitMs: number;
  /** How many messages may be unacknowledged at once: the bound of a reader's memory. */
  readonly inHand: number;
  /** A pinned reader that asked for nothing so long loses its place to another. */
  readonly pinMs: number;
}

export const CONSUMER_NOT_FOUND = 10_014;

/** The durable; it is created when it does not exist. Whoever takes it over brings it up to date. */
export const ensureDurable = async (jsm: JetStreamManager, options: DurableOptions): Promise<ConsumerInfo> =>
  (await consumerInfo(jsm, options)) ??
  jsm.consumers.add(options.stream, {
    ...wantedBy(options),
    durable_name: options.durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
  });

/**
 * Brings a durable up to date: its filter may have changed with the handlers. By its reader alone: one of another version
 * that stands by would change what the other one gets.
 */
export const updateDurable = async (
  jsm: JetStreamManager,
  options: DurableOptions,
  { config }: ConsumerInfo,
): Promise<void> => {
  const wanted = wantedBy(options);
  if (!agrees(wanted, config)) await jsm.consumers.update(options.stream, options.durable, wanted);
};

const wantedBy = (options: DurableOptions) =>
  ({
    filter_subjects: [options.filter],
    ack_wait: nanos(options.ackWaitMs),
    max_ack_pending: options.inHand,
    // Our own list of tries ends first and leaves a dead letter; the server's limit would drop a message silently.
    max_deliver: -1,
    priority_groups: [GROUP],
    priority_policy: 'pinned_client',
    priority_timeout: nanos(options.pinMs),
  }) satisfies Partial<ConsumerConfig>;

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
