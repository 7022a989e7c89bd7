import { type DescMessage, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import { contexts } from './catalogue.js';
import { InvalidEvent, UnknownVersion, UnreadableEvent } from './errors.js';
import type { AnyEvent } from './plain.js';
import { compileReader, type Fields, UNSURE } from './reader.js';
import { type Upcast, upcasts } from './upcasts.js';

/** An event in the version that is written today, in whichever it was stored or sent. */
export interface Decoded {
  /** Its full type, `managedos.deadlines.v1.DeadlineReached`. */
  readonly type: string;
  readonly data: AnyEvent;
}

export interface Codec {
  /** The event's full type and its JSON, every required field written. Throws `InvalidEvent`; strict on purpose. */
  encode(event: AnyEvent): { readonly type: string; readonly json: string };
  /**
   * The event that a full type and its JSON stand for. Unknown fields are ignored, unknown words passed on, fields that
   * an older producer did not know get their defaults, older versions become the one that is written today.
   * `undefined` for a name that is not known here. Throws `UnknownVersion` for another version of a known name, and
   * `UnreadableEvent` when the JSON is not of the type's shape.
   */
  decode(type: string, json: JsonValue): Decoded | undefined;
}

/** The events that may be written, each in its newest version, and the older versions that are still read. */
export const createCodec = (schemas: readonly DescMessage[], older: readonly Upcast[]): Codec => {
  checkUpcasts(schemas, older);
  const encoders = new Map(schemas.map((schema) => [schema.name, encoderOf(schema)]));
  const decoders = new Map(
    [...schemas, ...older.map(({ from }) => from)].map((schema) => [schema.typeName, decoderOf(schema, older)]),
  );
  const names = new Set(schemas.map(({ typeName }) => nameOf(typeName)));
  return {
    encode({ type, ...fields }) {
      const encode = encoders.get(type);
      if (!encode) throw new RangeError(`no event is called ${type}`);
      return encode(fields);
    },
    decode(type, json) {
      const decode = decoders.get(type);
      if (decode) return decode(json);
      if (names.has(nameOf(type))) throw new UnknownVersion(type);
      return undefined;
    },
  };
};

const encoderOf = (schema: DescMessage) => {
  const read = compileReader(schema, 'strict');
  return (fields: Fields) => {
    const sure = read(fields);
    return { type: schema.typeName, json: JSON.stringify(sure === UNSURE ? judge(schema, fields) : sure) };
  };
};

const validator = createValidator();

/** The word of protobuf and protovalidate. */
const judge = (schema: DescMessage, fields: Fields): JsonValue => {
  const message = attempt(
    () => fromJson(schema, fields as JsonValue),
    (cause) => new InvalidEvent(schema.typeName, [cause instanceof Error ? cause.message : String(cause)], { cause }),
  );
  const result = validator.validate(schema, message);
  if (result.kind === 'valid') return toJson(schema, message, { alwaysEmitImplicit: true });
  throw new InvalidEvent(
    schema.typeName,
    result.kind === 'invalid' ? result.violations.map(String) : [String(result.error)],
  );
};

type Decode = (json: unknown) => Decoded;

const decoderOf = (schema: DescMessage, older: readonly Upcast[]): Decode => {
  const read = tolerantReader(schema);
  const upcast = older.find(({ from }) => from.typeName === schema.typeName);
  if (!upcast) {
    return (json) => {
      const data = { type: schema.name };
      read(json, data);
      return { type: schema.typeName, data };
    };
  }
  const next = decoderOf(upcast.to, older);
  return (json) => {
    const old = read(json, {});
    return next(
      attempt(
        () => upcast.up(old),
        (cause) => new UnreadableEvent(schema.typeName, { cause }),
      ),
    );
  };
};

const tolerantReader = (schema: DescMessage) => {
  const read = compileReader(schema, 'tolerant');
  return (json: unknown, into: Record<string, unknown>): Fields => {
    if (read(json, into) !== UNSURE) return into;
    return attempt(
      () => {
        const message = fromJson(schema, json as JsonValue, { ignoreUnknownFields: true });
        return Object.assign(into, toJson(schema, message, { alwaysEmitImplicit: true }));
      },
      (cause) => new UnreadableEvent(schema.typeName, { cause }),
    );
  };
};

const attempt = <T>(work: () => T, failed: (cause: unknown) => Error): T => {
  try {
    return work();
  } catch (cause) {
    throw failed(cause);
  }
};

/** `managedos.deadlines.v1.DeadlineReached` → `managedos.deadlines.DeadlineReached`: what all its versions share. */
const nameOf = (type: string): string => type.replace(/\.v\d+\.(?=\w+$)/, '.');

const versionOf = (type: string): number => Number(/\.v(\d+)\.\w+$/.exec(type)?.[1]);

/** Throws `RangeError` for an upcast that does not lead, step by step, to the version that is written. */
const checkUpcasts = (schemas: readonly DescMessage[], older: readonly Upcast[]): void => {
  const written = new Set(schemas.map(({ typeName }) => typeName));
  const read = new Set(older.map(({ from }) => from.typeName));
  for (const { from, to } of older) {
    const [old, next] = [from.typeName, to.typeName];
    if (nameOf(old) !== nameOf(next) || versionOf(old) >= versionOf(next))
      throw new RangeError(`${next} is no later version of ${old}`);
    if (written.has(old)) throw new RangeError(`${old} is written: it needs no upcast`);
    if (!written.has(next) && !read.has(next)) throw new RangeError(`${next} is neither written nor upcast`);
  }
  if (read.size < older.length) throw new RangeError('one version of an event has two upcasts');
};

/** The codec of this version of the system. */
export const codec = createCodec(
  Object.values(contexts).flatMap(({ events }): readonly DescMessage[] => events),
  upcasts,
);

export const encodeEvent = codec.encode;

/** The event alone, where its type does not matter. */
export const decodeEvent = (type: string, json: JsonValue): AnyEvent | undefined => codec.decode(type, json)?.data;
