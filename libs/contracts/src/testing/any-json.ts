import { type DescField, type DescMessage, getOption, hasOption, isFieldSet, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { field as fieldOption, type StringRules, StringRulesSchema } from '../gen/buf/validate/validate_pb.js';

type Tree = Record<string, unknown>;

/** JSON of a message that keeps every rule of it; also other versions of it, and words that nobody knows. */
export const validJson = (schema: DescMessage): fc.Arbitrary<Tree> =>
  fc.record(Object.fromEntries(schema.fields.map((field) => [field.jsonName, validField(field)])), {
    requiredKeys: schema.fields.filter(isNeeded).map(({ jsonName }) => jsonName),
  });

/** The same after up to three accidents: values of other types, missing, unknown, renamed or doubled keys, another order. */
export const brokenJson = (schema: DescMessage): fc.Arbitrary<Tree> => {
  const aliases = new Map(fieldsWithin(schema).map(({ jsonName, name }) => [jsonName, name]));
  const accident = fc.record({ where: fc.nat(), what: fc.constantFrom(...ACCIDENTS), value: fc.constantFrom(...ODD) });
  return fc.tuple(validJson(schema), fc.array(accident, { maxLength: 3 })).map(([json, accidents]) => {
    const tree = structuredClone(json);
    for (const { where, what, value } of accidents) {
      const places = placesOf(tree);
      const place = places[where % places.length];
      // A value of its own: accidents happen within it too, and it may come twice.
      if (place) what(place, structuredClone(value), aliases);
    }
    return tree;
  });
};

const rulesOf = (field: DescField) => (hasOption(field, fieldOption) ? getOption(field, fieldOption) : undefined);

const isNeeded = (field: DescField): boolean =>
  rulesOf(field)?.required === true ||
  (field.presence === FeatureSet_FieldPresence.IMPLICIT && field.fieldKind !== 'list' && rulesOf(field) !== undefined);

const validField = (field: DescField): fc.Arbitrary<unknown> => {
  switch (field.fieldKind) {
    case 'scalar':
      return validScalar(field);
    case 'message':
      return validJson(field.message);
    case 'list':
      return fc.array(field.message ? validJson(field.message) : validScalar(field), { maxLength: 3 });
    default:
      throw new TypeError(`no event has a field like ${field.toString()}`);
  }
};

const validScalar = (field: DescField): fc.Arbitrary<unknown> => {
  const rules = rulesOf(field)?.type;
  switch (field.scalar) {
    case ScalarType.STRING:
      return rules?.case === 'string' ? validText(rules.value) : anyText;
    case ScalarType.INT32:
      return fc.integer({
        min:
          rules?.case === 'int32' && rules.value.greaterThan.case === 'gte'
            ? rules.value.greaterThan.value
            : -(2 ** 31),
        max: 2 ** 31 - 1,
      });
    case ScalarType.DOUBLE:
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    default:
      return fc.boolean();
  }
};

const anyText = fc.string({ unit: 'grapheme' });

const validText = (rules: StringRules): fc.Arbitrary<string> => {
  if (rules.in.length > 0) return fc.constantFrom(...rules.in);
  if (rules.wellKnown.case === 'uuid') return fc.uuid();
  if (rules.pattern !== '') return fc.stringMatching(new RegExp(rules.pattern));
  if (isFieldSet(rules, StringRulesSchema.field.minLen))
    return fc.string({ unit: 'grapheme', minLength: Number(rules.minLen) });
  return anyText;
};

interface Place {
  readonly object: Tree;
  readonly key: string;
}

const placesOf = (value: unknown): readonly Place[] => {
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Tree;
  return Object.keys(object).flatMap((key) => [{ object, key }, ...placesOf(object[key])]);
};

const fieldsWithin = (schema: DescMessage): readonly DescField[] =>
  schema.fields.flatMap((field) => [field, ...(field.message ? fieldsWithin(field.message) : [])]);

type Accident = (place: Place, value: unknown, aliases: ReadonlyMap<string, string>) => void;

const ACCIDENTS: readonly Accident[] = [
  ({ object, key }, value) => (object[key] = value),
  ({ object, key }) => (object[key] = `${String(object[key])}x`),
  ({ object, key }) => delete object[key],
  ({ object }, value) => (object['colour'] = value),
  ({ object, key }, value, aliases) => (object[aliases.get(key) ?? key] = value),
  ({ object, key }, _, aliases) => {
    const value = object[key];
    delete object[key];
    object[aliases.get(key) ?? key] = value;
  },
  ({ object }) => {
    const entries = Object.entries(object);
    for (const [key] of entries) delete object[key];
    Object.assign(object, Object.fromEntries(entries.toReversed()));
  },
];

const ODD: readonly unknown[] = [
  ...[null, undefined, true, false, 0, -0, 1, 1.5, 2 ** 31, -(2 ** 31), 1e300, Number.NaN, Number.POSITIVE_INFINITY],
  ...['', ' ', '5', ' 5', '1e2', '0x10', 'NaN', '-Infinity', 'word', 'due', '\ud800', 'a\0b', '12.6', '👩‍🚀'],
  ...['5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11', '5A3C9A4E-6A44-5A0E-8A39-3F3A6C0F8F11', '2022-09-16T12:00:00.000Z'],
  ...['2022-09-16T12:00:00Z\n', [], [null], [{}], ['a'], [['a']], {}, { version: '12.6' }],
];
