/** A macOS version as numbers, `12.5.1` = [12, 5, 1]; missing parts are 0, so `11.4.0` equals `11.4`. */
export type Version = readonly [number, number, number];

/** A macOS major as text: `10.13`, `10.14`, `10.15`, `11` … `27`. Before 11, the first two numbers are the major. */
export type OsMajor = string;

/** The majors that there are, ascending; Apple went from 15 to 26. */
export const OS_MAJORS = ['10.13', '10.14', '10.15', '11', '12', '13', '14', '15', '26', '27'] as const;

const SHAPE = /^(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?(?:\s*\([a-z]\))?$/;

/** `undefined` when `text` is not a version. A suffix such as ` (a)` is ignored. */
export const parseVersion = (text: string): Version | undefined => {
  const match = SHAPE.exec(text.trim());
  return match ? [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)] : undefined;
};

const parsed = (text: string): Version => {
  const version = parseVersion(text);
  if (!version) throw new RangeError(`not a macOS version: ${JSON.stringify(text)}`);
  return version;
};

/** Numeric order; throws `RangeError` when a text is not a version. */
export const compareVersions = (a: string, b: string): number => {
  const [x, y] = [parsed(a), parsed(b)];
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
};

export const isBelow = (a: string, b: string): boolean => compareVersions(a, b) < 0;

/** The major a version belongs to; throws `RangeError` when the text is not a version. */
export const majorOf = (version: string): OsMajor => {
  const [first, second] = parsed(version);
  return first === 10 ? `10.${second}` : String(first);
};

const BUILD = /^(\d+)([A-Z]+)(\d+)([a-z]*)$/;

/**
 * Order of two builds of one version: leading number, letters, number, suffix, each compared as what it is.
 * A text that is no build sorts before every build.
 */
export const compareBuilds = (a: string, b: string): number => {
  const [x, y] = [BUILD.exec(a), BUILD.exec(b)];
  if (!x || !y) return Number(Boolean(x)) - Number(Boolean(y)) || compareText(a, b);
  return (
    Number(x[1]) - Number(y[1]) ||
    compareText(x[2] ?? '', y[2] ?? '') ||
    Number(x[3]) - Number(y[3]) ||
    compareText(x[4] ?? '', y[4] ?? '')
  );
};

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
