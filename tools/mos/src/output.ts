import Table from 'cli-table3';

/** Where a command's answer goes: a table for people, or the API's own JSON for machines. */
export interface Output {
  line(text: string): void;
  /**
   * `rows` as a table that fits the terminal, or `body` as JSON; without a body it is for people only. Long cells go on in
   * the next line, or are cut where each row is to stay on one line.
   */
  table(columns: readonly string[], rows: readonly (readonly string[])[], body?: unknown, long?: 'wrap' | 'cut'): void;
  /** One object: `lines` for people, or `body` as JSON. */
  object(lines: readonly string[], body: unknown): void;
  /** One of many that come one after the other: a line for people, or a line of JSON. */
  entry(text: string, body: unknown): void;
  /** Text as it stands, for people and machines alike; resolves when there is room for more. */
  raw(text: string): Promise<void>;
  /** What is under way, in the last line of the terminal, until something else is said; nothing where there is none. */
  progress(text: string): void;
  /** A line beside the answer. */
  aside(text: string): void;
}

export interface OutputOptions {
  readonly json: boolean;
  /** Of the terminal, in characters. */
  readonly width: number;
  /** May resolve when there is room for more. */
  readonly out: (text: string) => void | Promise<void>;
  readonly err: (text: string) => void;
  /** Whether a person watches `err`. */
  readonly live: boolean;
}

const GAP = 2;
const BARE = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '' },
  middle: ' '.repeat(GAP),
};

/** Widths that fit `width` characters: the widest columns give way first, none below its narrowest. */
export const fit = (
  natural: readonly number[],
  width: number,
  narrowest: readonly number[] = natural.map(() => 1),
): readonly number[] => {
  const widths = [...natural];
  const slack = (at: number): number => (widths[at] ?? 0) - (narrowest[at] ?? 0);
  for (let total = widths.reduce((sum, w) => sum + w + GAP, -GAP); total > width; total--) {
    const giving = widths.map((w, at) => (slack(at) > 0 ? w : 0));
    const widest = giving.indexOf(Math.max(...giving));
    if (slack(widest) <= 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
};

const longestWord = (text: string): number => Math.max(...text.split(' ').map((word) => word.length));

export const createOutput = ({ json, width, out, err, live }: OutputOptions): Output => {
  let shown = false;
  const clear = (): void => {
    if (shown) err('\r\x1b[K');
    shown = false;
  };
  const line = (text: string): void => {
    clear();
    void out(`${text}\n`);
  };
  const whole = (body: unknown): void => line(JSON.stringify(body, undefined, 2));
  return {
    line: (text) => (json ? undefined : line(text)),
    table(columns, rows, body, long = 'wrap') {
      if (json) return body === undefined ? undefined : whole(body);
      if (rows.length === 0) return line('nothing there');
      for (const text of tableOf(columns, rows, width, long)) line(text);
    },
    object(lines, body) {
      if (json) return whole(body);
      lines.forEach(line);
    },
    entry: (text, body) => line(json ? JSON.stringify(body) : text),
    async raw(text) {
      clear();
      if (text !== '') await out(text);
    },
    progress(text) {
      if (!live) return;
      err(`\r\x1b[K${text.slice(0, width - 1)}`);
      shown = true;
    },
    aside(text) {
      clear();
      err(`${text}\n`);
    },
  };
};

const tableOf = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
  long: 'wrap' | 'cut',
): readonly string[] => {
  const head = columns.map((name) => name.toUpperCase());
  const longest = (measure: (text: string) => number): readonly number[] =>
    head.map((name, at) => Math.max(...[name, ...rows.map((row) => row[at] ?? '')].map(measure)));
  const natural = longest((text) => text.length);
  // Only the last column is cut; an id that goes on in the next line cannot be copied.
  const narrowest = long === 'wrap' ? longest(longestWord) : natural.map((w, at) => (at + 1 < natural.length ? w : 8));
  const table = new Table({
    head: [...head],
    colWidths: [...fit(natural, width, narrowest)],
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    wordWrap: long === 'wrap',
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((text) => text.trimEnd());
};
