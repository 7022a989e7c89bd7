/** What `@Transform` of class-transformer hands over; anything but text is left for the rules to refuse. */
interface Given {
  readonly value: unknown;
}

/** For UUIDs: streams and rows are named in lower case, callers may write them in either. */
export const lowerCase = ({ value }: Given): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** For names that people type. */
export const trimmed = ({ value }: Given): unknown => (typeof value === 'string' ? value.trim() : value);

/** For versions of macOS, which may be written with a zero too many (`12.6.0`) or too few (`12`): as Apple writes them. */
export const asVersion = ({ value }: Given): unknown =>
  typeof value === 'string' ? value.replace(/^(\d+\.\d+)\.0+$/, '$1').replace(/^(\d+)$/, '$1.0') : value;

/** A name as people give one: 1 to 100 characters, not all blank, on one line, well-formed. */
export const NAME = /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,100}$/u;
export const NAME_HINT = 'name must have 1 to 100 characters on one line';
