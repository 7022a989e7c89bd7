import { describe, expect, it } from '@jest/globals';
import { keptPromises } from '../testing/kept-promises.js';
import { audit } from './audit.js';
import type { EventRow, Evidence, Message, StoreEvidence } from './evidence.js';

const without = <T>(list: readonly T[], index: number): readonly T[] => list.filter((_, at) => at !== index);
const swapped = <T>(list: readonly T[], index: number): readonly T[] =>
  list.flatMap((item, at) =>
    at === index ? list.slice(index, index + 2).toReversed() : at === index + 1 ? [] : [item],
  );
const changed = <T>(list: readonly T[], index: number, change: Partial<T>): readonly T[] =>
  list.map((item, at) => (at === index ? { ...item, ...change } : item));

const first = (evidence: Evidence, change: Partial<StoreEvidence>): Evidence => ({
  ...evidence,
  first: { ...evidence.first, ...change },
});
const second = (evidence: Evidence, change: Partial<StoreEvidence>): Evidence => ({
  ...evidence,
  second: { ...evidence.second, ...change },
});
const events = (evidence: Evidence, change: (events: readonly EventRow[]) => readonly EventRow[]): Evidence =>
  first(evidence, { events: change(evidence.first.events) });
const effects = (evidence: Evidence, change: (events: readonly EventRow[]) => readonly EventRow[]): Evidence =>
  second(evidence, { events: change(evidence.second.events) });
const messages = (evidence: Evidence, change: (messages: readonly Message[]) => readonly Message[]): Evidence => ({
  ...evidence,
  firstStream: change(evidence.firstStream),
});
const again = <T>(list: readonly T[], index: number, change: Partial<T> = {}): readonly T[] => [
  ...list,
  ...list.slice(index, index + 1).map((item) => ({ ...item, ...change })),
];

const rulesOf = (evidence: Evidence): ReadonlySet<string> => new Set(audit(evidence).map(({ rule }) => rule));

describe('the auditor', () => {
  it('finds nothing where every promise was kept', () => {
    expect(audit(keptPromises())).toEqual([]);
  });

  it.each<[what: string, rule: string, broken: (evidence: Evidence) => Evidence]>([
    ['a lost event', 'what was answered done is stored', (e) => events(e, (all) => without(all, 0))],
    ['a part of an append', 'an append is done wholly or not at all', (e) => events(e, (all) => without(all, 2))],
    ['an event stored twice', 'an event is stored once', (e) => events(e, (all) => again(all, 0, { position: 99 }))],
    [
      'a changed event',
      'an event is stored as it was asked for',
      (e) => events(e, (all) => changed(all, 0, { data: '{}' })),
    ],
    [
      'an event of nobody',
      'only what was asked for is stored',
      (e) => events(e, (all) => again(all, 0, { id: 'nobody' })),
    ],
    ['a gap in the positions', 'positions have no gaps', (e) => first(e, { inbox: without(e.first.inbox, 1) })],
    ['a log that ends elsewhere', 'positions have no gaps', (e) => first(e, { lastPosition: 4 })],
    ['a gap in a stream', 'revisions have no gaps', (e) => events(e, (all) => changed(all, 4, { revision: 7 }))],
    [
      'a time that runs back',
      'time never runs backwards',
      (e) => events(e, (all) => changed(all, 3, { time: '2001' })),
    ],
    ['a wrong digest', 'digests chain a stream', (e) => events(e, (all) => changed(all, 5, { digest: 'ab' }))],
    [
      'a wrong head',
      'heads are the last events',
      (e) => first(e, { heads: changed(e.first.heads, 0, { revision: 1 }) }),
    ],
    ['a missing head', 'heads are the last events', (e) => first(e, { heads: without(e.first.heads, 0) })],
    [
      'an event that was not published',
      'every public event is published',
      (e) => messages(e, (all) => without(all, 1)),
    ],
    ['an event published twice', 'an event is published once', (e) => messages(e, (all) => again(all, 2))],
    ['a swapped stream', 'the stream is in position order', (e) => messages(e, (all) => swapped(all, 2))],
    [
      'a stranger in the stream',
      'only public events are published',
      (e) => messages(e, (all) => again(all, 2, { id: 'x' })),
    ],
    [
      'a message under another subject',
      'an event is published as it is stored',
      (e) => messages(e, (all) => changed(all, 2, { subject: 'mos.deadlines.x.y' })),
    ],
    ['a lost effect', 'no event is without effect', (e) => effects(e, (all) => without(all, 3))],
    ['a doubled effect', 'no event has two effects', (e) => effects(e, (all) => again(all, 3, { id: 'other' }))],
    ['an effect of nothing', 'an effect has a cause', (e) => effects(e, (all) => again(all, 3, { causationId: 'x' }))],
    [
      'swapped effects of a Mac',
      "a Mac's effects keep the order of its events",
      ({ second: { events: all, ...rest }, ...e }) => {
        const [one, two] = all.flatMap(({ stream }, index) => (stream === all[0]?.stream ? [index] : []));
        const cause = (index = -1) => all[index]?.causationId;
        const turned = changed(changed(all, one ?? -1, { causationId: cause(two) }), two ?? -1, {
          causationId: cause(one),
        });
        return { ...e, second: { ...rest, events: turned } };
      },
    ],
    [
      'a decision on an older state',
      'a decision rests on all that came before',
      (e) => effects(e, (all) => changed(all, 2, { data: '{"factsRevision":7}' })),
    ],
    [
      'a message under another sequence',
      'the inbox holds each message once, with its place',
      (e) => second(e, { inbox: changed(e.second.inbox, 1, { sequence: 77 }) }),
    ],
    [
      'a projection that skipped an entry',
      'a projection is the fold of its log',
      (e) => first(e, { tallies: changed(e.first.tallies, 0, { entries: 1, chain: 'ab' }) }),
    ],
    [
      'a projection that swapped two entries',
      'a projection is the fold of its log',
      (e) => second(e, { tallies: changed(e.second.tallies, 1, { chain: 'ab' }) }),
    ],
    ['an open dead letter', 'no dead letter is open', (e) => ({ ...e, openLetters: ['letter 1'] })],
    ['a parked Mac', 'no Mac is parked', (e) => ({ ...e, parked: ['mac'] })],
  ])('sees %s', (_, rule, broken) => {
    expect(rulesOf(broken(keptPromises()))).toContain(rule);
  });

  it.each<[what: string, answers: Evidence['writers'][number]['asked'][number]['answers'], rules: readonly string[]]>([
    ['an append that nobody was told about may be there', [{ kind: 'unknown' }], []],
    [
      'a conflict after silence says that nothing was appended under the message',
      [{ kind: 'unknown' }, { kind: 'conflict' }],
      ['what was not done is not stored'],
    ],
    ['a conflict means that nothing was appended', [{ kind: 'conflict' }], ['what was not done is not stored']],
    ['a repeat of what was done is a duplicate', [{ kind: 'done', revision: '1' }, { kind: 'duplicate' }], []],
    [
      'and not done again',
      [
        { kind: 'done', revision: '1' },
        { kind: 'done', revision: '1' },
      ],
      ['a repeated append is a duplicate'],
    ],
    [
      'an answer with another revision is wrong',
      [{ kind: 'done', revision: '3' }],
      ['an event is stored as it was asked for'],
    ],
  ])('%s', (_, answers, rules) => {
    const evidence = keptPromises();
    const [writer, ...others] = evidence.writers;
    if (!writer) throw new Error('no writer');
    const asked = changed(writer.asked, 0, { answers });
    const found = rulesOf({ ...evidence, writers: [{ ...writer, asked }, ...others] });
    expect([...found].filter((rule) => rule !== 'appends keep their order')).toEqual(rules);
  });

  it('sees appends of one stream that changed places', () => {
    const evidence = keptPromises();
    const writers = evidence.writers.map((writer) => ({ ...writer, asked: writer.asked.toReversed() }));
    expect(rulesOf({ ...evidence, writers })).toEqual(new Set(['appends keep their order']));
  });
});
