import { isUtf8 } from 'node:buffer';
import {
  contentsOf,
  type DeadLetter,
  type Discarded,
  type ListedLetter,
  type Redelivered,
} from '@managed-os/event-bus';
import type {
  DiscardedAnswer,
  LetterAnswer,
  LetterBodyAnswer,
  RedeliveredAnswer,
  WholeLetterAnswer,
} from './dead-letters.bodies.js';

export const letterAnswer = (letter: ListedLetter): LetterAnswer => ({
  letterId: String(letter.letterId),
  stream: letter.stream,
  token: letter.token,
  subject: letter.subject,
  type: letter.type ?? null,
  messageId: letter.messageId,
  sequence: String(letter.sequence),
  reason: letter.reason,
  detail: letter.detail,
  tries: letter.tries,
  storedAt: letter.storedAt.toISOString(),
  settled: letter.settled ? { ...letter.settled, at: letter.settled.at.toISOString() } : null,
});

export const wholeLetter = (letter: DeadLetter, followers: number): WholeLetterAnswer => {
  const { attributes, event, unreadable = null } = contentsOf(letter);
  return {
    ...letterAnswer(letter),
    attributes,
    headers: letter.headers,
    // The type says the name already.
    event: event ? { ...event.data, type: undefined } : null,
    unreadable,
    body: event ? null : bodyAnswer(letter.body),
    followers,
  };
};

const bodyAnswer = (body: Uint8Array): LetterBodyAnswer => {
  const bytes = Buffer.from(body);
  return isUtf8(bytes)
    ? { as: 'text', content: bytes.toString() }
    : { as: 'base64', content: bytes.toString('base64') };
};

export const redeliveredAnswer = ({ count, left, stoppedAt }: Redelivered): RedeliveredAnswer => ({
  redelivered: count,
  waiting: left,
  stoppedAt: stoppedAt ? { letterId: String(stoppedAt.letterId), detail: stoppedAt.detail } : null,
});

export const discardedAnswer = ({ letter, left }: Exclude<Discarded, { kind: 'no-such-letter' }>): DiscardedAnswer => ({
  ...letterAnswer(letter),
  waiting: left,
  next: nextOf(left),
});

const nextOf = (left: number): string => {
  if (left === 0) return 'No letter of its token waits: what comes next is handled.';
  if (left === 1) return 'One letter of its token waits for a redelivery, and what comes next behind it.';
  return `${left} letters of its token wait for a redelivery, and what comes next behind them.`;
};
