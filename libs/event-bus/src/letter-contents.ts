import { codec, type Envelope, UnknownVersion, UnreadableEvent } from '@managed-os/contracts';
import { attribute, fromMessage } from './cloud-event.js';
import type { DeadLetter } from './letter.js';
import { describe } from './handling.js';
import { incomingOf } from './redeliver.js';

/** What an operator sees of a message. */
export interface LetterContents {
  /** The CloudEvents attributes that it carries, whether they make an event or not. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly event?: Envelope;
  /** Why there is no event. */
  readonly unreadable?: string;
}

export const contentsOf = (letter: DeadLetter): LetterContents => {
  const { headers, body } = incomingOf(letter);
  const names = Object.keys(letter.headers).filter((key) => key.startsWith('ce-'));
  const attributes = Object.fromEntries(
    names.map((key) => key.slice('ce-'.length)).map((name) => [name, attribute(headers, name) ?? '']),
  );
  try {
    const event = fromMessage(headers, body, codec);
    return event ? { attributes, event } : { attributes, unreadable: 'this version knows no event of this type' };
  } catch (error) {
    if (!(error instanceof UnreadableEvent || error instanceof UnknownVersion)) throw error;
    return { attributes, unreadable: describe(error) };
  }
};
