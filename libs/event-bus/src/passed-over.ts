import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { type DurableOptions, updateDurable } from './durable.js';

/**
 * Of each pattern that a reader of the durable ever handled: the first sequence from which on its messages were passed over
 * by readers that do not handle it; 0 while it is handled. Of any other pattern everything was passed over.
 */
export type PassedOver = Readonly<Record<string, number>>;

/** Where among the durable's metadata it is kept. */
const KEY = 'managed-os.passed-over';

interface Missed {
  readonly pattern: string;
  readonly from: number;
}

/** What a reader that handles these patterns has missed, and from where on. */
export const missedBy = (patterns: readonly string[], passedOver: PassedOver): readonly Missed[] =>
  patterns.map((pattern) => ({ pattern, from: passedOver[pattern] ?? 1 })).filter(({ from }) => from > 0);

/** Once such a reader has begun, behind `floor`: it handles its own patterns, and passes over those of others. */
export const passedOverBy = (patterns: readonly string[], passedOver: PassedOver, floor: number): PassedOver => ({
  ...Object.fromEntries(Object.entries(passedOver).map(([pattern, from]) => [pattern, from > 0 ? from : floor + 1])),
  ...Object.fromEntries(patterns.map((pattern) => [pattern, 0])),
});

/**
 * Resets the durable so that everything comes again, in order, that was not acknowledged or that an earlier reader passed
 * over because it did not handle it: one of an older version, before an upgrade or after a rollback. The server keeps one
 * floor for all patterns, so what they have in common with that comes again too, and meets its own `once`.
 */
export const resume = async (jsm: JetStreamManager, options: DurableOptions): Promise<void> => {
  const { durable, patterns, stream } = options;
  const info = await jsm.consumers.info(stream, durable);
  const floor = info.ack_floor.stream_seq;
  const before = readPassedOver(info);
  const missed = await Promise.all(missedBy(patterns, before).map((each) => firstOf(jsm, stream, each)));
  const from = Math.min(...missed);
  await updateDurable(jsm, options, info);
  await jsm.consumers.reset(stream, durable, from <= floor ? from : undefined);
  // After the reset: a crash in between repeats it.
  const after = JSON.stringify(passedOverBy(patterns, before, floor));
  if (after === JSON.stringify(before)) return;
  await jsm.consumers.update(stream, durable, { metadata: { ...info.config.metadata, [KEY]: after } });
};

/** The first message of a pattern from a sequence on. */
const firstOf = async (jsm: JetStreamManager, stream: string, { from, pattern }: Missed): Promise<number> => {
  // The server knows it of this request; the client's type does so only of the direct one, which a lagging node may answer.
  const query = { seq: from, next_by_subj: pattern };
  return (await jsm.streams.getMessage(stream, query))?.seq ?? Infinity;
};

const readPassedOver = ({ config }: ConsumerInfo): PassedOver => {
  const text = config.metadata?.[KEY];
  return text === undefined ? {} : (JSON.parse(text) as PassedOver);
};
