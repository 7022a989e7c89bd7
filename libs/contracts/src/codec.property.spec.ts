import { describe, expect, it } from '@jest/globals';
import { type DescMessage, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import fc from 'fast-check';
import { contexts } from './catalogue.js';
import { codec } from './codec.js';
import { compileReader, UNSURE } from './reader.js';
import { brokenJson, validJson } from './testing/any-json.js';

const schemas = Object.values(contexts).flatMap(({ events }): readonly DescMessage[] => events);
const events = schemas.map((schema) => [schema.typeName, schema] as const);
const validator = createValidator();

/** As protobuf reads it. */
const decoded = (schema: DescMessage, json: unknown): unknown => ({
  type: schema.name,
  ...Object(
    toJson(schema, fromJson(schema, json as JsonValue, { ignoreUnknownFields: true }), { alwaysEmitImplicit: true }),
  ),
});

/** As protobuf writes it when protovalidate finds nothing wrong. */
const encoded = (schema: DescMessage, json: unknown): string => {
  const message = fromJson(schema, json as JsonValue);
  const result = validator.validate(schema, message);
  if (result.kind !== 'valid') throw result.error;
  return JSON.stringify(toJson(schema, message, { alwaysEmitImplicit: true }));
};

const outcomeOf = <T>(work: () => T): T | 'refused' => {
  try {
    return work();
  } catch {
    return 'refused';
  }
};

describe('the codec is as tolerant and as strict as protobuf and protovalidate', () => {
  it.each(events)('%s: whatever is wrong with the JSON', (type, schema) =>
    fc.assert(
      fc.property(brokenJson(schema), (json) => {
        const read = outcomeOf(() => codec.decode(type, json as JsonValue)?.data);
        const expected = outcomeOf(() => decoded(schema, json));
        expect(read).toEqual(expected);
        // The order of the fields, too.
        expect(JSON.stringify(read)).toBe(JSON.stringify(expected));
        expect(outcomeOf(() => codec.encode({ ...json, type: schema.name }).json)).toBe(
          outcomeOf(() => encoded(schema, json)),
        );
      }),
      { numRuns: 50 },
    ),
  );

  it.each(events)('%s: what is right, it knows without asking them', (_, schema) => {
    const [tolerant, strict] = [compileReader(schema, 'tolerant'), compileReader(schema, 'strict')];
    fc.assert(
      fc.property(validJson(schema), (json) => {
        expect(strict(json)).not.toBe(UNSURE);
        expect(tolerant({ ...json, colour: 'red' })).not.toBe(UNSURE);
      }),
      { numRuns: 15 },
    );
  });
});
