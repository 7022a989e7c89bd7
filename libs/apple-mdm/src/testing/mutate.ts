/** One change to a body: bytes overwritten, cut out, repeated, the end lost, or a value replaced by another kind of value. */
export interface Edit {
  readonly kind: 'set' | 'drop' | 'repeat' | 'cut' | 'replace';
  readonly at: number;
  readonly size: number;
  readonly byte: number;
}

export const EDIT_KINDS = ['set', 'drop', 'repeat', 'cut', 'replace', 'replace'] as const satisfies Edit['kind'][];

const JSON_VALUES = [
  ...['null', 'true', '-1', '0', '1e999', '1.5', '""', '"x"', '[]', '{}', '[{}]', '{"a":{}}', '"\\u0000\\ud800"'],
  ...['{"__proto__":{"a":1}}', '[{"identifier":"one","_removed":true}]', '["x"]', '"2026-09-10T13:00:00"', '"(a)"'],
];
const PLIST_VALUES = [
  ...['<true/>', '<integer>-1</integer>', '<real>nan</real>', '<string/>', '<string>x</string>', '<data/>', '<dict/>'],
  ...['<array/>', '<array><dict/></array>', '<date>2026-09-10T13:00:00Z</date>', '<data>e30=</data>'],
];
const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+|true|false|null|\[\]|\{\}/g;
const PLIST_TOKEN = /<(string|integer|real|data|date)>[^<]*<\/\1>|<(?:true|false)\/>/g;

export const mutate = (body: Uint8Array, { kind, at: asked, size, byte }: Edit): Uint8Array => {
  const at = asked % (body.length + 1);
  const end = Math.min(body.length, at + size);
  switch (kind) {
    case 'set':
      return Buffer.concat([body.subarray(0, at), Uint8Array.of(byte), body.subarray(Math.min(at + 1, body.length))]);
    case 'drop':
      return Buffer.concat([body.subarray(0, at), body.subarray(end)]);
    case 'repeat':
      return Buffer.concat([body.subarray(0, end), body.subarray(at)]);
    case 'cut':
      return body.subarray(0, at);
    case 'replace':
      return replaced(body, asked, byte);
  }
};

/** Byte for byte as text, so that what is no text stays as it is. */
const replaced = (body: Uint8Array, which: number, value: number): Uint8Array => {
  const text = Buffer.from(body).toString('latin1');
  const [token, values] = text.startsWith('{') ? [JSON_TOKEN, JSON_VALUES] : [PLIST_TOKEN, PLIST_VALUES];
  const found = [...text.matchAll(token)];
  const match = found[which % Math.max(1, found.length)];
  if (!match) return body;
  const rest = text.slice(match.index + match[0].length);
  return Buffer.from(`${text.slice(0, match.index)}${values[value % values.length]}${rest}`, 'latin1');
};
