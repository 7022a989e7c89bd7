import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { hasRulesOfItsOwn, rulesOf } from './rules.js';

/** `tolerant`: as a consumer reads. `strict`: as a producer writes, nothing unknown and every rule kept. */
export type Strictness = 'tolerant' | 'strict';

export type Fields = Readonly<Record<string, unknown>>;

/** In the place of a value: what was given is not plainly right. */
export const UNSURE = Symbol('unsure');

/** The fields of a message in the order of their numbers, added to `into`; what may not be absent is filled in. */
export type Reader = (json: unknown, into?: Record<string, unknown>) => Fields | typeof UNSURE;

/** A value as its field keeps it, or `UNSURE`. */
type Read = (json: unknown) => unknown;

interface Slot {
  readonly key: string;
  readonly read: Read;
  /** What stands for the field where the JSON does not have it; `undefined`: nothing. */
  readonly absent: () => unknown;
}

/**
 * Reads a message from JSON in one pass, with the result of protobuf's `fromJson` and `toJson` one after the other and
 * several times as fast. It takes what is plainly right and says `UNSURE` of all else (a null, a number as text, a name in
 * snake_case, every mistake): protobuf has the word then, on what it means or what is wrong with it.
 */
export const compileReader = (schema: DescMessage, strictness: Strictness): Reader => {
  const fields = [...schema.fields].sort((a, b) => a.number - b.number);
  const slots = fields.map((field) => slotOf(field, strictness)).filter((slot) => slot !== undefined);
  const strict = strictness === 'strict';
  if (slots.length < fields.length || (strict && hasRulesOfItsOwn(schema))) return () => UNSURE;
  const places = new Map(slots.map(({ key }, place) => [key, place]));
  const protoNames = new Set(fields.map(({ name }) => name));
  return (json, into = {}) => {
    if (!isObject(json)) return UNSURE;
    const values = new Array<unknown>(slots.length);
    let next = 0;
    for (const key of Object.keys(json)) {
      // Mostly they stand in the order in which they were written.
      const place = slots[next]?.key === key ? next : places.get(key);
      if (place === undefined) {
        if (strict || protoNames.has(key)) return UNSURE;
        continue;
      }
      const value = slots[place]?.read(json[key]);
      if (value === UNSURE) return UNSURE;
      values[place] = value;
      next = place + 1;
    }
    for (let place = 0; place < slots.length; place++) {
      const slot = slots[place];
      if (!slot) break;
      const value = values[place] ?? slot.absent();
      if (value === UNSURE) return UNSURE;
      if (value !== undefined) into[slot.key] = value;
    }
    return into;
  };
};

/** `undefined` for a kind of field that no event has (`contract.spec.ts`), or a rule that only protovalidate knows. */
const slotOf = (field: DescField, strictness: Strictness): Slot | undefined => {
  const read = readOf(field, strictness);
  const zero = zeroOf(field);
  if (!read) return undefined;
  if (strictness === 'tolerant') return { key: field.jsonName, read, absent: zero };
  const rules = rulesOf(field);
  if (!rules) return undefined;
  const { holds, required } = rules;
  const absentHolds = zero() === undefined ? !required : holds(zero());
  return {
    key: field.jsonName,
    read: (json) => {
      const value = read(json);
      return value === UNSURE || !holds(value) ? UNSURE : value;
    },
    absent: absentHolds ? zero : () => UNSURE,
  };
};

const readOf = (field: DescField, strictness: Strictness): Read | undefined => {
  if (field.oneof) return undefined;
  switch (field.fieldKind) {
    case 'scalar':
      return scalarOf(field.scalar);
    case 'message':
      return compileReader(field.message, strictness);
    case 'list':
      return listOf(field.message ? compileReader(field.message, strictness) : scalarOf(field.scalar));
    default:
      return undefined;
  }
};

const scalarOf = (scalar: ScalarType | undefined): Read | undefined => {
  switch (scalar) {
    case ScalarType.STRING:
      return (json) => (typeof json === 'string' && !LONE_SURROGATE.test(json) ? json : UNSURE);
    case ScalarType.BOOL:
      return (json) => (typeof json === 'boolean' ? json : UNSURE);
    case ScalarType.INT32:
      return (json) => (typeof json === 'number' && (json | 0) === json ? json : UNSURE);
    case ScalarType.DOUBLE:
      return (json) => (Number.isFinite(json) ? json : UNSURE);
    default:
      return undefined;
  }
};

const listOf = (readItem: Read | undefined): Read | undefined =>
  readItem &&
  ((json) => {
    if (!Array.isArray(json)) return UNSURE;
    const items: unknown[] = [];
    for (const item of json) {
      const value = readItem(item);
      if (value === UNSURE) return UNSURE;
      items.push(value);
    }
    return items;
  });

const zeroOf = (field: DescField): (() => unknown) => {
  if (field.fieldKind === 'list') return () => [];
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) return () => undefined;
  switch (field.scalar) {
    case ScalarType.STRING:
      return () => '';
    case ScalarType.BOOL:
      return () => false;
    default:
      return () => 0;
  }
};

const LONE_SURROGATE = /\p{Surrogate}/u;

const isObject = (json: unknown): json is Fields => typeof json === 'object' && json !== null && !Array.isArray(json);
