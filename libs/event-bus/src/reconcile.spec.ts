import { describe, expect, it } from '@jest/globals';
import { type Note, reconcile, type Tail } from './reconcile.js';

const SOURCE = 'mos://deadlines/e1';
const note = (position: bigint, sequence: bigint, epoch = 'e1'): Note => ({ epoch, position, sequence });
const nothing: Note = { epoch: '', position: 0n, sequence: 0n };
const tail = (lastSequence: bigint, position?: bigint, expires = false, source = SOURCE): Tail => ({
  lastSequence,
  expires,
  cut: false,
  ...(position !== undefined && { last: { sequence: lastSequence, position, id: `event-${position}`, source } }),
});
const look = (from: Note, to: Tail | undefined) =>
  reconcile(from, to, SOURCE, to?.last ? `event-${to.last.position}` : undefined);
const goes = (how: string, position: bigint, sequence: bigint) => ({ kind: 'go', how, note: note(position, sequence) });
const refuses = (reason: string) => ({ kind: 'refuse', reason });

describe('where the relay goes on', () => {
  it.each<[string, Note, Tail | undefined, object]>([
    ['a first start without a stream', nothing, undefined, goes('new', 0n, 0n)],
    ['a first start on a new stream', nothing, tail(0n), goes('new', 0n, 0n)],
    ['only internal events so far, no stream', note(9n, 0n), undefined, goes('new', 9n, 0n)],
    ['only internal events so far, an empty stream', note(9n, 0n), tail(0n), goes('new', 9n, 0n)],
    ['equal', note(5n, 3n), tail(3n, 5n), goes('equal', 5n, 3n)],
    ['equal, internal events after the last message', note(8n, 3n), tail(3n, 5n), goes('equal', 8n, 3n)],
    ['ahead: published, not noted', note(5n, 3n), tail(7n, 11n), goes('ahead', 11n, 7n)],
    ['ahead: a note that was never written', nothing, tail(7n, 11n), goes('ahead', 11n, 7n)],
    ['behind: the stream lost its tail', note(11n, 7n), tail(3n, 5n), goes('behind', 5n, 3n)],
    ['behind with internal events noted: they are passed again', note(20n, 7n), tail(6n, 9n), goes('behind', 9n, 6n)],
    ['all of it grew old, where messages do', note(11n, 7n), tail(7n, undefined, true), goes('equal', 11n, 7n)],
    ['reseeded, nothing published again yet', note(0n, 7n), tail(7n), goes('new', 0n, 7n)],
    ['emptied, where messages stay for ever', note(11n, 7n), tail(7n), refuses('stream-emptied')],
    [
      'emptied after more was published than noted',
      note(11n, 7n),
      tail(9n, undefined, true),
      refuses('stream-emptied'),
    ],
    ['gone', note(11n, 7n), undefined, refuses('stream-lost')],
    ['gone and made again by somebody', note(11n, 7n), tail(0n, undefined, true), refuses('stream-lost')],
    [
      'messages of another life of the store',
      nothing,
      tail(3n, 5n, false, 'mos://deadlines/e0'),
      refuses('other-epoch'),
    ],
    ['a note of another life of the store', note(5n, 3n, 'e0'), tail(3n, 5n), refuses('other-epoch')],
  ])('%s', (_, from, to, expected) => {
    expect(look(from, to)).toEqual(expected);
  });

  it('refuses a stream of which somebody removed what stays for ever, though its end fits', () => {
    expect(look(note(5n, 3n), { ...tail(3n, 5n), cut: true })).toEqual(refuses('stream-cut'));
  });

  it('refuses a position that the store does not have: an older dump was restored', () => {
    expect(reconcile(note(5n, 3n), tail(3n, 5n), SOURCE, undefined)).toEqual(refuses('histories-parted'));
  });

  it('refuses a position that the store gave to another event since', () => {
    expect(reconcile(note(5n, 3n), tail(3n, 5n), SOURCE, 'another')).toEqual(refuses('histories-parted'));
  });
});
