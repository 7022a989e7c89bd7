import { encodeEvent } from '@managed-os/contracts';
import { factOf } from '../facts.js';
import { type Answer, type Ask, type Asked, isFinal } from '../journal.js';
import type { Difference, EventRow, Evidence } from './evidence.js';

/** What the answers promise about the events of an append. */
type Fate =
  { readonly kind: 'there'; readonly revision?: number } | { readonly kind: 'absent' } | { readonly kind: 'either' };

const isUnknown = ({ kind }: Answer): boolean => kind === 'unknown';

const fateOf = ({ ask, answers }: Asked): Fate => {
  const index = answers.findIndex(isFinal);
  const answer = answers[index];
  if (!answer) return { kind: 'either' };
  const wasUnknown = answers.slice(0, index).some(isUnknown);
  switch (answer.kind) {
    case 'done':
      return { kind: 'there', revision: Number(answer.revision) };
    case 'duplicate':
      return { kind: 'there' };
    case 'refused':
      // Its ids are taken: by itself, when nobody heard the answer.
      return answer.reason === 'id-taken' && wasUnknown ? { kind: 'there' } : { kind: 'absent' };
    case 'conflict':
      // Without a message id a repeated append meets the stream that it moved on itself.
      return wasUnknown && ask.messageId === undefined ? { kind: 'either' } : { kind: 'absent' };
    case 'unknown':
      return { kind: 'either' };
  }
};

/** Every append answered `done` is in the store, once, as it was asked; what was refused or lost a race is not. */
export const auditAppends = ({ writers, first }: Evidence): readonly Difference[] => {
  const rows = new Map<string, readonly EventRow[]>();
  for (const row of first.events) rows.set(row.id, [...(rows.get(row.id) ?? []), row]);
  const shared = new Set(
    writers.flatMap(({ asked }) => asked.filter((one) => fateOf(one).kind === 'there').map(({ ask }) => nameOf(ask))),
  );
  return [
    ...writers.flatMap(({ name, asked }) => [
      ...asked.flatMap((one) => auditAppend(`${name}'s append ${one.ask.n}`, one, rows, shared)),
      ...auditOrder(name, asked),
    ]),
    ...auditOrigins(writers, first.events),
  ];
};

/** Both writers may ask for the same append, under the same message. */
const nameOf = ({ messageId, events }: Ask): string => messageId ?? events[0]?.id ?? '';

const auditAppend = (
  name: string,
  { ask, answers }: Asked,
  rows: ReadonlyMap<string, readonly EventRow[]>,
  there: ReadonlySet<string>,
): readonly Difference[] => {
  const fate = fateOf({ ask, answers });
  const found = ask.events.map(({ id }) => rows.get(id) ?? []);
  const count = found.filter((copies) => copies.length > 0).length;
  const wrong = (rule: string, what: string): Difference => ({ rule, what: `${name} ${what}` });
  const differences: Difference[] = [];
  if (found.some((copies) => copies.length > 1)) differences.push(wrong('an event is stored once', 'is stored twice'));
  if (count !== 0 && count !== ask.events.length)
    differences.push(wrong('an append is done wholly or not at all', `has ${count} of ${ask.events.length} events`));
  if (fate.kind === 'there' && count < ask.events.length)
    differences.push(
      wrong('what was answered done is stored', `was answered ${answers.at(-1)?.kind} and is not there`),
    );
  if (fate.kind === 'absent' && count > 0 && !there.has(nameOf(ask)))
    differences.push(wrong('what was not done is not stored', `was answered ${answers.at(-1)?.kind} and is there`));
  const last = fate.kind === 'there' ? fate.revision : undefined;
  for (const [index, [row]] of found.entries()) {
    if (!row) continue;
    const revision = last === undefined ? row.revision : last - ask.events.length + 1 + index;
    if (!isAsAsked(row, ask, index) || row.revision !== revision)
      differences.push(
        wrong('an event is stored as it was asked for', `has a wrong event at revision ${row.revision}`),
      );
  }
  const repeated = answers.slice(answers.findIndex(isFinal) + 1).filter(isFinal);
  if (fate.kind === 'there' && repeated.some(({ kind }) => kind !== 'duplicate'))
    differences.push(wrong('a repeated append is a duplicate', `was then answered ${repeated.at(-1)?.kind}`));
  return differences;
};

const isAsAsked = (row: EventRow, { stream, mac, events }: Ask, index: number): boolean => {
  const event = events[index];
  if (!event) return false;
  const { type, json } = encodeEvent(factOf(event.type, mac, event.number));
  return row.stream === stream && row.type === type && row.data === json;
};

/** A writer asks for the appends of one stream one after the other. */
const auditOrder = (name: string, asked: readonly Asked[]): readonly Difference[] => {
  const heads = new Map<string, number>();
  const differences: Difference[] = [];
  for (const one of asked) {
    const fate = fateOf(one);
    if (fate.kind !== 'there' || fate.revision === undefined) continue;
    const before = heads.get(one.ask.stream) ?? 0;
    if (fate.revision <= before) {
      const what = `${name}'s append ${one.ask.n} came to ${fate.revision} of ${one.ask.stream}, after ${before}`;
      differences.push({ rule: 'appends keep their order', what });
    }
    heads.set(one.ask.stream, Math.max(before, fate.revision));
  }
  return differences;
};

const auditOrigins = (writers: Evidence['writers'], events: readonly EventRow[]): readonly Difference[] => {
  const asked = new Set(writers.flatMap((writer) => writer.asked.flatMap(({ ask }) => ask.events.map(({ id }) => id))));
  return events
    .filter(({ id }) => !asked.has(id))
    .map(({ id, position }) => ({ rule: 'only what was asked for is stored', what: `event ${id} at ${position}` }));
};
