import { getOption, hasOption, isFieldSet, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import {
  field as rulesOption,
  Int32RulesSchema,
  StringRulesSchema,
} from '../../libs/contracts/src/gen/buf/validate/validate_pb.ts';

/** The fields of a message for people; `meaningOf` is asked for what each stands for. */
export const fieldsOf = (schema, meaningOf) =>
  schema.fields.map((field, place) => ({
    name: field.jsonName,
    type: typeOf(field),
    presence: presenceOf(field),
    rules: rulesOf(field),
    meaning: inJson(schema, meaningOf(field, place)),
  }));

const typeOf = (field) => {
  const one = field.message ? { part: field.message.name } : { plain: PLAIN[field.scalar] };
  return field.fieldKind === 'list' ? { ...one, list: true } : one;
};

const PLAIN = {
  [ScalarType.STRING]: 'string',
  [ScalarType.BOOL]: 'boolean',
  [ScalarType.INT32]: 'integer',
  [ScalarType.DOUBLE]: 'number',
};

const presenceOf = (field) => {
  if (field.fieldKind === 'list') return 'always, may be empty';
  const required = hasOption(field, rulesOption) && getOption(field, rulesOption).required;
  return required || field.presence === FeatureSet_FieldPresence.IMPLICIT ? 'always' : 'optional';
};

/** Patterns that the contract uses, in words that the introduction explains. */
const PATTERNS = {
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$': 'instant',
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}$': 'date',
  '^([01][0-9]|2[0-3]):[0-5][0-9]$': 'time of day',
  '^[0-9]+(\\.[0-9]+){0,2}$': 'version',
};

const SAYS = {
  string: (rules, rule) => {
    switch (rule) {
      case 'uuid':
        return 'UUID';
      case 'min_len':
        return rules.minLen === 1n ? 'not empty' : `at least ${rules.minLen} characters`;
      case 'pattern':
        return PATTERNS[rules.pattern] ?? `matches \`${rules.pattern}\``;
      case 'in':
        return `one of ${rules.in.map((word) => `\`${word}\``).join(', ')}`;
    }
  },
  int32: (rules, rule) => (rule === 'gte' ? `${rules.greaterThan.value} or more` : undefined),
};
const SCHEMAS = { string: StringRulesSchema, int32: Int32RulesSchema };

/** What protovalidate demands of the value, in words. Throws for a rule that it has no words for. */
const rulesOf = (field) => {
  const { type } = hasOption(field, rulesOption) ? getOption(field, rulesOption) : { type: {} };
  if (type.case === undefined) return [];
  const set = SCHEMAS[type.case]?.fields.filter((rule) => isFieldSet(type.value, rule)) ?? [];
  const sentences = set.map((rule) => SAYS[type.case](type.value, rule.name));
  if (sentences.length === 0 || sentences.includes(undefined))
    throw new Error(
      `${field.toString()}: the catalogue has no words for one of its rules (tools/contracts-docs/fields.mjs)`,
    );
  return sentences;
};

/** Comments name other fields as the proto file does. */
const inJson = ({ fields }, text) =>
  text.replaceAll(/`(\w+)`/g, (quoted, name) => {
    const field = fields.find((candidate) => candidate.name === name);
    return field ? `\`${field.jsonName}\`` : quoted;
  });
