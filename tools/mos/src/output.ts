import Table from 'cli-table3';

/** Where a command's answer goes: a table for people, or the API's own JSON for machines. */
export interface Output {
  line(text: string): void;
  /** `rows` as a table that fits the terminal, or `body` as JSON. */
  table(columns: readonly string[], rows: readonly (readonly string[])[], body: unknown): void;
  /** One object: `lines` for people, or `body` as JSON. */
  object(lines: readonly string[], body: unknown): void;
}

const COLUMN_PADDING = 3;
const NARROWEST = 6;

/** Widths that fit `width` characters: the widest columns give way first. */
export const fit = (natural: readonly number[], width: number): readonly number[] => {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, w) => sum + w + COLUMN_PADDING, 1);
  while (total() > width) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= NARROWEST) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
};

export const createOutput = (json: boolean, width: number, write: (text: string) => void): Output => {
  const line = (text: string): void => write(`${text}\n`);
  return {
    line: (text) => (json ? undefined : line(text)),
    table(columns, rows, body) {
      if (json) return line(JSON.stringify(body, undefined, 2));
      if (rows.length === 0) return line('nothing there');
      const natural = columns.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
      const table = new Table({
        head: [...columns],
        colWidths: fit(natural, width).map((w) => w + 2),
        style: { head: [], border: [], compact: true },
        wordWrap: true,
      });
      table.push(...rows.map((row) => [...row]));
      line(table.toString());
    },
    object(lines, body) {
      if (json) return line(JSON.stringify(body, undefined, 2));
      lines.forEach(line);
    },
  };
};
