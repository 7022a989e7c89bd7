/** What is wrong with a JSON value, at which JSON pointer (RFC 6901); the text says what to write instead. */
export interface Fault {
  readonly pointer: string;
  readonly error: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Notes a fault. */
export type Blame = (pointer: string, error: string) => undefined;

/** Which values do, and what to write instead of others. */
export interface Kind<T> {
  readonly is: (value: unknown) => value is T;
  readonly words: string;
}

export const textThat = (is: (text: string) => boolean, words: string): Kind<string> => ({
  is: (value): value is string => typeof value === 'string' && is(value),
  words,
});

export const oneOf = <T extends string>(all: readonly T[]): Kind<T> => ({
  is: (value): value is T => typeof value === 'string' && (all as readonly string[]).includes(value),
  words: `one of ${all.join(', ')}`,
});

export const OBJECT: Kind<Fields> = {
  is: (value): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value),
  words: 'an object',
};
export const LIST: Kind<readonly unknown[]> = {
  is: (value): value is readonly unknown[] => Array.isArray(value),
  words: 'a list',
};
export const BOOLEAN: Kind<boolean> = { is: (value) => typeof value === 'boolean', words: 'true or false' };
export const TEXT = textThat(() => true, 'a text');

export const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
};

export const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined;

/** `undefined` when it is missing, or is not what it must be and was blamed. */
export const optional = <T>(fields: Fields, name: string, kind: Kind<T>, at: string, blame: Blame): T | undefined => {
  const value = fields[name];
  if (isMissing(value)) return undefined;
  return kind.is(value) ? value : blame(`${at}/${name}`, `must be ${kind.words}, not ${shown(value)}`);
};

/** `undefined` was blamed. */
export const required = <T>(fields: Fields, name: string, kind: Kind<T>, at: string, blame: Blame): T | undefined =>
  isMissing(fields[name])
    ? blame(`${at}/${name}`, `is missing; it must be ${kind.words}`)
    : optional(fields, name, kind, at, blame);
