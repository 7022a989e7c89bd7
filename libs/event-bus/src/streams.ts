import {
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

const DAY = 86_400_000;
/** Contexts whose older history is read from their store; the others keep everything on the bus. Real time. */
const RETENTION_MS: Readonly<Record<string, number>> = { updates: 30 * DAY, deadlines: 30 * DAY, devices: 30 * DAY };

/** The stream that carries a context's events. */
export const streamOf = (context: string): string => `MOS_${context.toUpperCase()}`;

/** The server did not take the stream as it was asked for: nothing may be published to it. */
export class StreamRefused extends Error {
  override readonly name = 'StreamRefused';
  readonly code = 'stream-refused';

  constructor(
    readonly stream: string,
    readonly options: readonly string[],
  ) {
    super(`stream ${stream}: the server did not accept ${options.join(', ')}`);
  }
}

const configOf = (context: string, replicas: number) =>
  ({
    name: streamOf(context),
    subjects: [`mos.${context}.>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    max_age: nanos(RETENTION_MS[context] ?? 0),
    num_replicas: replicas,
    allow_atomic: true,
  }) satisfies Partial<StreamConfig>;

/** For how many milliseconds of real time a context's messages stay on the bus; `undefined`: for ever. */
export const retentionOf = (context: string): number | undefined => RETENTION_MS[context];

/** The stream's state; `undefined` when there is no such stream. */
export const streamInfo = async (jsm: JetStreamManager, stream: string): Promise<StreamInfo | undefined> => {
  try {
    return await jsm.streams.info(stream);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
};

export const STREAM_NOT_FOUND = 10_059;

/**
 * Creates the stream of a context or brings its options up to date, and checks what the server answers: an old one
 * drops options that it does not know without a word. Copies that an operator added stay. Throws `StreamRefused`.
 */
export const ensureStream = async (jsm: JetStreamManager, context: string, replicas = 1): Promise<StreamInfo> => {
  const existing = await streamInfo(jsm, streamOf(context));
  const wanted = configOf(context, Math.max(replicas, existing?.config.num_replicas ?? 1));
  const info = !existing
    ? await jsm.streams.add(wanted)
    : differences(wanted, existing.config).length > 0
      ? await jsm.streams.update(wanted.name, wanted)
      : existing;
  const missing = differences(wanted, info.config);
  if (missing.length > 0) throw new StreamRefused(wanted.name, missing);
  return info;
};

const differences = (wanted: Partial<StreamConfig>, actual: StreamConfig): string[] =>
  Object.entries(wanted)
    .filter(([option, value]) => JSON.stringify(actual[option as keyof StreamConfig]) !== JSON.stringify(value))
    .map(([option]) => option);
