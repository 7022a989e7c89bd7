import { type Instant, parseInstant } from '@managed-os/kernel';
import { LARGEST_PMV, type ParsedPmv, parsePmv, type PmvRefusal } from './pmv.js';

const NAME = /^(\d{4}-\d{2}-\d{2})T(\d{2})(\d{2})(\d{2})?Z\.json(\.gz)?$/;

/** When a capture was made, from its name: `2025-09-15T1804Z.json.gz`; `undefined` for any other name. */
export const capturedAt = (name: string): Instant | undefined => {
  const [, day, hours, minutes, seconds = '00'] = NAME.exec(name) ?? [];
  return day === undefined ? undefined : parseInstant(`${day}T${hours}:${minutes}:${seconds}Z`);
};

const refused = (reason: PmvRefusal['reason']): ParsedPmv => ({ ok: false, refusal: { reason, pointer: '' } });

/** Reads a response from its bytes, as they came or compressed with gzip. As total as `parsePmv`. */
export const parsePmvCapture = async (bytes: Uint8Array, largest = LARGEST_PMV): Promise<ParsedPmv> => {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isGzip ? await unzipped(bytes, largest) : bytes;
  if (!(plain instanceof Uint8Array)) return plain;
  if (plain.length > largest) return refused('too_large');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(plain);
  } catch {
    return refused('malformed');
  }
  return parsePmv(text, largest);
};

/** What the compressed bytes hold, of what is too large only the beginning. */
const unzipped = async (bytes: Uint8Array, largest: number): Promise<Uint8Array | ParsedPmv> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('gzip'))) {
      parts.push(part);
      length += part.length;
      if (length > largest) return refused('too_large');
    }
  } catch (error) {
    // zlib's word for an end that comes too early.
    const isShort = typeof error === 'object' && error !== null && 'code' in error && error.code === 'Z_BUF_ERROR';
    return refused(isShort ? 'truncated' : 'malformed');
  }
  const plain = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    plain.set(part, at);
    at += part.length;
  }
  return plain;
};
