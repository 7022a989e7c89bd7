import { present } from '@managed-os/kernel';
import { amendments } from './amendments.js';
import type { Fact, Facts, FactType, Group, MessageFacts, Schema, Support } from './facts.js';
import type { RawDocument, RawKey, RawSupport, Sources } from './sources.js';

const FOLDERS: readonly (readonly [folder: string, group: Group])[] = [
  ['mdm/commands/', 'commands'],
  ['mdm/checkin/', 'checkins'],
  ['mdm/profiles/', 'profiles'],
  ['mdm/errors/', 'errors'],
  ['declarative/declarations/', 'declarations'],
  ['declarative/status/', 'statusItems'],
  ['declarative/protocol/', 'protocol'],
  ['other/', 'other'],
];

/** Apple's schema without texts, without other platforms, and as its newest release has it. Throws for a shape it does not know. */
export const compileSchema = ({ documents, removed }: Sources): Schema => {
  const amended = amendments(removed);

  const supportOf = (raw: RawSupport | undefined, place: string): Support | undefined => {
    const support = compact({ ...raw, ...amended.get(place) });
    return Object.keys(support).length > 0 ? support : undefined;
  };

  const factOf = (raw: RawKey, place: string): Fact => {
    const { subkeys } = raw;
    const type = typeOf(raw);
    const isText = type !== 'dictionary' && type !== 'array';
    if (type === 'array' && subkeys && subkeys.length !== 1) throw new RangeError(`${place}: what are its items?`);
    const [item] = subkeys ?? [];
    return present({
      type,
      required: raw.presence === 'required' || undefined,
      values: raw.rangelist,
      range: raw.range && ([raw.range.min, raw.range.max] as const),
      format: raw.format,
      on: supportOf(raw.supportedOS?.macOS, place),
      keys: type === 'dictionary' && subkeys ? factsOf(subkeys, place) : undefined,
      items: type === 'array' && item ? factOf(item, `${place}/${item.key}`) : undefined,
      choices: isText && subkeys ? choicesOf(subkeys, place) : undefined,
    });
  };

  const onMac = (keys: readonly RawKey[], place: string) =>
    keys
      .map((raw) => ({ raw, at: `${place}${place.includes('#') ? '/' : '#'}${raw.key}` }))
      .filter(({ raw, at }) => supportOf(raw.supportedOS?.macOS, at)?.introduced !== 'n/a');

  const factsOf = (keys: readonly RawKey[], place: string): Facts =>
    Object.fromEntries(onMac(keys, place).map(({ raw, at }) => [raw.key, factOf(raw, at)]));

  const choicesOf = (keys: readonly RawKey[], place: string): Readonly<Record<string, Support>> =>
    Object.fromEntries(onMac(keys, place).map(({ raw, at }) => [raw.key, supportOf(raw.supportedOS?.macOS, at) ?? {}]));

  const messageOf = (document: RawDocument, file: string): MessageFacts =>
    present({
      on: supportOf(document.payload.supportedOS.macOS, file) ?? {},
      apply: document.payload.apply,
      keys: factsOf(document.payloadkeys ?? [], file),
      answer: document.responsekeys && factsOf(document.responsekeys, file),
    });

  const groupOf = (group: Group) =>
    Object.fromEntries(
      documents
        .filter(({ file }) => FOLDERS.some(([folder, its]) => its === group && file.startsWith(folder)))
        .map(({ file, document }) => [nameOf(document, file), messageOf(document, file)]),
    );

  return {
    commands: groupOf('commands'),
    checkins: groupOf('checkins'),
    profiles: groupOf('profiles'),
    errors: groupOf('errors'),
    declarations: groupOf('declarations'),
    statusItems: groupOf('statusItems'),
    protocol: groupOf('protocol'),
    other: groupOf('other'),
  };
};

/** What a message goes by; an error has no name but its file's. */
const nameOf = ({ payload }: RawDocument, file: string): string =>
  payload.requesttype ??
  payload.declarationtype ??
  payload.statusitemtype ??
  payload.payloadtype ??
  file.replace(/^.*\/|\.yaml$/g, '');

const NO_RIGHT: readonly string[] = ['', 'None', 'n/a'];

const compact = (raw: RawSupport): Support =>
  present({
    introduced: raw.introduced,
    deprecated: raw.deprecated,
    removed: raw.removed,
    supervised: raw.supervised === true || undefined,
    deviceChannel: raw.devicechannel === false ? false : undefined,
    userChannel: raw.userchannel === false ? false : undefined,
    accessRights: NO_RIGHT.includes(raw.accessrights ?? '') ? undefined : raw.accessrights,
    enrollments: raw['allowed-enrollments'],
    scopes: raw['allowed-scopes'],
  });

const TYPES: readonly FactType[] = [
  'string',
  'integer',
  'real',
  'boolean',
  'date',
  'data',
  'array',
  'dictionary',
  'any',
];

const typeOf = ({ key, type }: RawKey): FactType => {
  const known = TYPES.find((name) => type === `<${name}>`);
  if (!known) throw new RangeError(`${key} is a ${type}, and what is that?`);
  return known;
};
