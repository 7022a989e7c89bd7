import type { Parsed } from '@managed-os/apple-mdm';
import { Problem } from '@managed-os/service-host';
import type { FastifyRequest } from 'fastify';

/** The bytes that came. */
export const bodyOf = ({ body }: FastifyRequest): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array());

/** What was read, or the 400 or 413 that says what is wrong with it. */
export const accepted = <T>(parsed: Parsed<T>): T => {
  if (parsed.ok) return parsed.value;
  const { code, path, offset, detail } = parsed.refusal;
  throw new Problem(code === 'too-large' ? 413 : 400, code, detail, { path, ...(offset !== undefined && { offset }) });
};
