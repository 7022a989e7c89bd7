import { stripVTControlCharacters } from 'node:util';

/** What a colour means here. */
export type Tone = 'plain' | 'faint' | 'strong' | 'good' | 'busy' | 'bad';

/** The text in the colour of its tone, or as it is where there are no colours. */
export type Paint = (text: string, tone: Tone) => string;

/** Where a person reads along. */
export interface Terminal {
  readonly isTty: boolean;
  /** What fits on one line now. */
  readonly columns: number;
  readonly paint: Paint;
  /** One line that stays. */
  say(line: string): void;
  /** Replaces what stands below the lines that stay; shown on a terminal only. */
  show(lines: readonly string[]): void;
}

const CLEAR_DOWN = '\u001b[J';
const up = (lines: number): string => (lines > 0 ? `\u001b[${lines}A\r` : '\r');
const SGR: Readonly<Record<Exclude<Tone, 'plain'>, number>> = { faint: 2, strong: 1, good: 32, busy: 33, bad: 31 };

/** Lines that stay above, one area that is redrawn in place below; without a TTY plain lines only. */
export const openTerminal = (out: NodeJS.WriteStream): Terminal => {
  // A reader who left is no reason to stop a system.
  out.on('error', () => undefined);
  const isTty = out.isTTY === true;
  const hasColours = isTty && out.hasColors();
  let area: readonly string[] = [];
  const columns = (): number => (isTty ? Math.max(20, (out.columns || 120) - 1) : Infinity);
  const fitted = (): readonly string[] => {
    const rows = Math.max(5, (out.rows || 40) - 1);
    const kept = area.length <= rows ? area : [...area.slice(0, rows - 1), `… ${area.length - rows + 1} more lines`];
    return kept.map((line) => {
      const plain = stripVTControlCharacters(line);
      return plain.length <= columns() ? line : `${plain.slice(0, columns() - 1)}…`;
    });
  };
  let drawn = 0;
  const draw = (above: string): void => {
    const lines = fitted();
    out.write(`${up(drawn)}${CLEAR_DOWN}${above}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines.length;
  };
  return {
    isTty,
    get columns() {
      return columns();
    },
    paint: (text, tone) =>
      hasColours && tone !== 'plain' && text !== '' ? `\u001b[${SGR[tone]}m${text}\u001b[0m` : text,
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
