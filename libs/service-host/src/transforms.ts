/** What `@Transform` of class-transformer hands over; anything but text is left for the rules to refuse. */
interface Given {
  readonly value: unknown;
}

/** For UUIDs: streams and rows are named in lower case, callers may write them in either. */
export const lowerCase = ({ value }: Given): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** For names that people type. */
export const trimmed = ({ value }: Given): unknown => (typeof value === 'string' ? value.trim() : value);

/** A name as people give one: 1 to 100 characters, not all blank, on one line, well-formed. */
export const NAME = /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,100}$/u;
export const NAME_HINT = 'name must have 1 to 100 characters on one line';
