/** Where a person reads along. */
export interface Terminal {
  readonly isTty: boolean;
  /** One line that stays. */
  say(line: string): void;
  /** Replaces what stands below the lines that stay; shown on a terminal only. */
  show(lines: readonly string[]): void;
}

const CLEAR_DOWN = '\u001b[J';
const up = (lines: number): string => (lines > 0 ? `\u001b[${lines}A\r` : '\r');

/** Lines that stay above, one area that is redrawn in place below; without a TTY plain lines only. */
export const openTerminal = (out: NodeJS.WriteStream): Terminal => {
  // A reader who left is no reason to stop a system.
  out.on('error', () => undefined);
  const isTty = out.isTTY === true;
  let area: readonly string[] = [];
  const fitted = (): readonly string[] => {
    const [rows, columns] = [Math.max(5, (out.rows || 40) - 1), Math.max(20, out.columns || 120)];
    const kept = area.length <= rows ? area : [...area.slice(0, rows - 1), `… ${area.length - rows + 1} more lines`];
    return kept.map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`));
  };
  let drawn = 0;
  const draw = (above: string): void => {
    const lines = fitted();
    out.write(`${up(drawn)}${CLEAR_DOWN}${above}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines.length;
  };
  return {
    isTty,
    say(line) {
      if (isTty) draw(`${line}\n`);
      else out.write(`${line}\n`);
    },
    show(lines) {
      if (!isTty) return;
      area = lines;
      draw('');
    },
  };
};
