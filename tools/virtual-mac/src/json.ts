export type Json = string | number | boolean | null | readonly Json[] | JsonDict;
export interface JsonDict {
  readonly [key: string]: Json;
}

export const isJsonDict = (value: Json | undefined): value is JsonDict =>
  typeof value === 'object' && value !== null && !isList(value);

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** The object in a body; `undefined` when there is none. */
export const decodeJson = (body: Uint8Array): JsonDict | undefined => {
  try {
    const value: Json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isJsonDict(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** The same value as the same text, whatever the order of its keys. */
export const canonical = (value: Json): string =>
  JSON.stringify(value, (_, inner: Json) =>
    isJsonDict(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );

export const octets = (text: string): number => Buffer.byteLength(text);
