import { type DescMessage, fromJson, type JsonObject, type JsonValue, toJson } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import { entryOf, schemaOfType } from './catalogue.js';
import type { AnyEvent } from './plain.js';

/** A producer made an event that breaks its own contract: a bug of ours, found before anything is stored. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  readonly code = 'invalid-event';

  constructor(
    readonly eventType: string,
    readonly violations: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`${eventType}: ${violations.join('; ')}`, options);
  }
}

/** A stored or received event that this version cannot read. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
  readonly code = 'unreadable-event';

  constructor(
    readonly eventType: string,
    options?: ErrorOptions,
  ) {
    super(`cannot read an event of type ${eventType}`, options);
  }
}

const validator = createValidator();

/** The event's full type and its JSON, every required field written. Throws `InvalidEvent`; strict on purpose. */
export const encodeEvent = (event: AnyEvent): { readonly type: string; readonly json: string } => {
  const { type: name, ...fields } = event;
  const { schema } = entryOf(name);
  const message = parse(schema, fields, { ignoreUnknownFields: false }, (cause) => {
    throw new InvalidEvent(schema.typeName, [cause instanceof Error ? cause.message : String(cause)], { cause });
  });
  const result = validator.validate(schema, message);
  if (result.kind !== 'valid') {
    const violations = result.kind === 'invalid' ? result.violations.map(String) : [String(result.error)];
    throw new InvalidEvent(schema.typeName, violations);
  }
  return { type: schema.typeName, json: JSON.stringify(toJson(schema, message, { alwaysEmitImplicit: true })) };
};

/**
 * The event that a full type and its JSON stand for. Unknown fields are ignored, unknown words passed on, fields that an
 * older producer did not know get their defaults. `undefined` for a type this version does not know;
 * throws `UnreadableEvent` when the JSON is not of the type's shape.
 */
export const decodeEvent = (type: string, json: JsonValue): AnyEvent | undefined => {
  const schema = schemaOfType(type);
  if (!schema) return undefined;
  const message = parse(schema, json, { ignoreUnknownFields: true }, (cause) => {
    throw new UnreadableEvent(type, { cause });
  });
  return { type: schema.name, ...(toJson(schema, message, { alwaysEmitImplicit: true }) as JsonObject) };
};

const parse = (
  schema: DescMessage,
  json: unknown,
  options: { ignoreUnknownFields: boolean },
  fail: (cause: unknown) => never,
) => {
  try {
    return fromJson(schema, json as JsonValue, options);
  } catch (cause) {
    return fail(cause);
  }
};
