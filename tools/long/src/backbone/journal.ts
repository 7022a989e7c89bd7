import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Instant } from '@managed-os/kernel';
import type { Told } from './facts.js';

/** An append as a writer asks for it: enough to repeat it word for word. */
export interface Ask {
  /** Its number among those of the writer. */
  readonly n: number;
  readonly mac: string;
  readonly stream: string;
  /** `any`, `no-stream`, or a revision. */
  readonly expected: string;
  readonly messageId?: string;
  readonly time: Instant;
  readonly events: readonly { readonly id: string; readonly type: Told; readonly number: number }[];
}

/** `unknown`: the store did not answer, or the writer died before it heard. `refused`: with the store's reason. */
export type Answer =
  | { readonly kind: 'done'; readonly revision: string }
  | { readonly kind: 'duplicate' | 'conflict' | 'unknown' }
  | { readonly kind: 'refused'; readonly reason: string };

/** What was asked for, and every answer to it in the order in which they came. */
export interface Asked {
  readonly ask: Ask;
  readonly answers: readonly Answer[];
}

type Line = { readonly ask: Ask } | { readonly n: number; readonly answer: Answer };

/** Whether an answer says what became of the append. */
export const isFinal = ({ kind }: Answer): boolean => kind !== 'unknown';

/** A writer's own record, on disk before the store hears of anything; survives `kill -9` of the writer. */
export class Journal {
  private readonly file: number;

  constructor(path: string) {
    this.file = openSync(path, 'a', 0o600);
  }

  ask(ask: Ask): void {
    this.write({ ask });
  }

  answer(n: number, answer: Answer): void {
    this.write({ n, answer });
  }

  close(): void {
    closeSync(this.file);
  }

  private write(line: Line): void {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/** What a journal holds, in the order of asking; a last line that was cut off by a kill counts as never written. */
export const readJournal = (path: string): readonly Asked[] => {
  const byNumber = new Map<number, { ask: Ask; answers: Answer[] }>();
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  for (const written of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    if (written === '') continue;
    const line: Line = JSON.parse(written);
    if ('ask' in line) byNumber.set(line.ask.n, { ask: line.ask, answers: [] });
    else byNumber.get(line.n)?.answers.push(line.answer);
  }
  return [...byNumber.values()];
};
