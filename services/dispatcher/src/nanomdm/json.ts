export type JsonObject = Readonly<Record<string, unknown>>;

/** The JSON object of a text; `undefined` when it is none. */
export const jsonObject = (text: string): JsonObject | undefined => {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
};

export const asObject = (value: unknown): JsonObject | undefined => (isObject(value) ? value : undefined);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
