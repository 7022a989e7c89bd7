declare const instantBrand: unique symbol;

/** A point on the UTC time line as text, `2022-09-10T06:00:00.000Z`; always ends in `Z`, sorts as text. */
export type Instant = string & { readonly [instantBrand]: true };

const SHAPE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** The instant of so many milliseconds since 1970. Throws `RangeError` outside the years 0 to 9999. */
export const instant = (millis: number): Instant => {
  const text = new Date(millis).toISOString();
  if (!SHAPE.test(text)) throw new RangeError(`instant out of range: ${text}`);
  return text as Instant;
};

/** `Date.parse` alone takes 30 February for 2 March, and 24:00 for the next day. */
export const isInstant = (text: string): text is Instant =>
  SHAPE.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(Date.parse(text)).toISOString().startsWith(text.slice(0, 19));

/** The instant that `text` names, in the one canonical spelling; `undefined` when it is not an instant in UTC. */
export const parseInstant = (text: string): Instant | undefined =>
  isInstant(text) ? instant(Date.parse(text)) : undefined;

export const toMillis = (at: Instant): number => Date.parse(at);

export const addMillis = (at: Instant, millis: number): Instant => instant(toMillis(at) + millis);

/** `to − from`, negative when `to` comes first. */
export const millisBetween = (from: Instant, to: Instant): number => toMillis(to) - toMillis(from);

export const latest = (first: Instant, ...rest: readonly Instant[]): Instant =>
  rest.reduce((a, b) => (toMillis(b) > toMillis(a) ? b : a), first);

export const earliest = (first: Instant, ...rest: readonly Instant[]): Instant =>
  rest.reduce((a, b) => (toMillis(b) < toMillis(a) ? b : a), first);
