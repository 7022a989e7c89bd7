/** Why a body was not accepted; `offset` counts from the start of the text or of the bytes. */
export interface Refusal {
  readonly code: RefusalCode;
  /** JSON pointer of the value that is at fault, as far as the reader got: `/UpdateResults/0/Status`. */
  readonly path: string;
  readonly offset?: number;
  readonly detail: string;
}

export type RefusalCode =
  | 'too-large'
  | 'too-deep'
  | 'encoding'
  | 'syntax'
  | 'entity'
  | 'value'
  | 'duplicate-key'
  | 'missing-key'
  | 'wrong-type'
  | 'unknown-message';

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** How a reader deep inside gives up; never leaves this library. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code = 'refused';

  constructor(readonly refusal: Refusal) {
    super(refusal.detail);
  }
}

export type Path = readonly (string | number)[];

const LONGEST_PATH = 400;

export const pointer = (path: Path): string =>
  path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
    .slice(0, LONGEST_PATH);

/** Runs a reader and turns its giving up into a value; any other error is a bug and passes through. */
export const parsing = <T>(read: () => T): Parsed<T> => {
  try {
    return { ok: true, value: read() };
  } catch (cause) {
    if (cause instanceof Refused) return { ok: false, refusal: cause.refusal };
    throw cause;
  }
};
