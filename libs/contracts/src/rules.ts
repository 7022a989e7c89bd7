import { type DescField, type DescMessage, getOption, hasOption, isFieldSet, type Message } from '@bufbuild/protobuf';
import {
  field as fieldOption,
  FieldRulesSchema,
  type Int32Rules,
  Int32RulesSchema,
  message as messageOption,
  type StringRules,
  StringRulesSchema,
} from './gen/buf/validate/validate_pb.js';

/** What protovalidate demands of a field. */
export interface Rules {
  readonly required: boolean;
  /** Whether a value that has the field's type is allowed. */
  holds(value: unknown): boolean;
}

const FREE: Rules = { required: false, holds: () => true };
const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** The rules of a field as plain functions; `undefined` when one of them is of a kind that only protovalidate knows. */
export const rulesOf = (field: DescField): Rules | undefined => {
  if (!hasOption(field, fieldOption)) return FREE;
  const rules = getOption(field, fieldOption);
  const { required, type } = rules;
  if (!setsOnly(FieldRulesSchema, rules, ['required', 'string', 'int32'])) return undefined;
  if (required && field.fieldKind !== 'message') return undefined;
  switch (type.case) {
    case undefined:
      return { ...FREE, required };
    case 'string':
      return field.fieldKind === 'scalar' ? stringRules(type.value) : undefined;
    case 'int32':
      return field.fieldKind === 'scalar' ? int32Rules(type.value) : undefined;
    default:
      return undefined;
  }
};

/** Whether a message as a whole has rules, beside those of its fields. */
export const hasRulesOfItsOwn = (schema: DescMessage): boolean => hasOption(schema, messageOption);

const stringRules = (rules: StringRules): Rules | undefined => {
  if (!setsOnly(StringRulesSchema, rules, ['uuid', 'min_len', 'pattern', 'in'])) return undefined;
  const { minLen, pattern } = rules;
  const words = new Set(rules.in);
  const checks: ((text: string) => boolean)[] = [];
  if (rules.wellKnown.value === true) checks.push((text) => UUID.test(text));
  // Characters, not the halves of them that JavaScript counts.
  if (minLen === 1n) checks.push((text) => text !== '');
  else if (minLen > 0n) checks.push((text) => [...text].length >= minLen);
  if (pattern !== '') {
    const regex = new RegExp(pattern, 'u');
    checks.push((text) => regex.test(text));
  }
  if (words.size > 0) checks.push((text) => words.has(text));
  return { required: false, holds: (value) => typeof value === 'string' && checks.every((check) => check(value)) };
};

const int32Rules = (rules: Int32Rules): Rules | undefined => {
  if (!setsOnly(Int32RulesSchema, rules, ['gte']) || rules.greaterThan.case !== 'gte') return undefined;
  const least = rules.greaterThan.value;
  return { required: false, holds: (value) => typeof value === 'number' && value >= least };
};

const setsOnly = (schema: DescMessage, message: Message, names: readonly string[]): boolean =>
  (message.$unknown ?? []).length === 0 &&
  schema.fields.every((field) => names.includes(field.name) || !isFieldSet(message, field));
