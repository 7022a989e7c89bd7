import { reactionId, realTime } from '@managed-os/kernel';
import { OutcomeUnknown, RefusedAppend } from '../../errors.js';
import type { Append } from '../../event-store.js';
import type { LibraryEvent } from '@managed-os/contracts';
import { append, at, type LibraryStore, message, once } from './given.js';

/**
 * What some writers append: side by side, each one thing after the other. It gives the same appends with the same ids
 * wherever and however often it is done, so whoever was interrupted may begin again.
 */
export interface Writing {
  readonly writers: readonly string[];
  /** Appends of each writer. */
  readonly each: number;
  readonly streams: readonly string[];
}

/** What a writer heard of its n-th append. `duplicate`: it had been done before; `unknown`: it is repeated. */
export interface Answer {
  readonly writer: string;
  readonly n: number;
  readonly kind: 'done' | 'duplicate' | 'unknown';
  /** The code of the error behind `unknown`. */
  readonly code?: string | undefined;
}

/** The consumer whose inbox the messages of a writing go to. */
export const WRITER = 'writer';

export const nameOf = (writer: string, n: number): string => `${writer} ${n}`;

/** Two of three answer a message; each wants its place in time in turn, so that the store has to settle it. */
export const appendOf = ({ writers, streams }: Writing, writer: string, n: number): Append<LibraryEvent> => {
  const id = reactionId(writer, n);
  return append({
    stream: streams[(writers.indexOf(writer) * 7 + n) % streams.length] ?? '',
    time: at(n),
    ids: [reactionId(id, 'event')],
    events: [{ type: 'ItemAdded', itemId: id, os: '12', name: nameOf(writer, n) }],
    ...(isMessage(n) && { once: once(WRITER, id, { envelope: { ...message(), id } }) }),
  });
};

export const isMessage = (n: number): boolean => n % 3 !== 2;

/** Does all of it, repeating what it had no answer for; resolves when everything was answered. */
export const write = async (
  store: LibraryStore,
  writing: Writing,
  answered: (answer: Answer) => void = () => undefined,
): Promise<void> => {
  const settle = async (writer: string, n: number): Promise<void> => {
    for (const request = appendOf(writing, writer, n); ;) {
      try {
        const { kind } = await store.append(request);
        if (kind === 'conflict') throw new Error(`${nameOf(writer, n)}: a conflict, whatever revision was expected`);
        return answered({ writer, n, kind });
      } catch (error) {
        // An append without a message meets its own ids when it is repeated.
        if (error instanceof RefusedAppend && error.reason === 'id-taken')
          return answered({ writer, n, kind: 'duplicate' });
        if (!(error instanceof OutcomeUnknown)) throw error;
        answered({ writer, n, kind: 'unknown', code: codeOf(error.cause) });
        await realTime.sleep(10);
      }
    }
  };
  await Promise.all(
    writing.writers.map(async (writer) => {
      for (let n = 0; n < writing.each; n++) await settle(writer, n);
    }),
  );
};

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
