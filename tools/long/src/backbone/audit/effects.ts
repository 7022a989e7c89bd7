import { schemaOfType, tokenOf } from '@managed-os/contracts';
import { HEARD } from '../facts.js';
import type { Difference, EventRow, Evidence } from './evidence.js';

const nameOf = (type: string): string => schemaOfType(type)?.name ?? type;
const isHeard = ({ type }: EventRow): boolean => HEARD.some((name) => name === nameOf(type));

/** Every event that the service hears has one effect, caused by it, and those of a Mac come in the order of its events. */
export const auditEffects = ({ first, firstStream, second }: Evidence): readonly Difference[] => {
  const heard = first.events.filter(isHeard);
  const sequences = new Map(firstStream.map(({ id, sequence }) => [id, sequence]));
  return [
    ...auditCauses(heard, second.events),
    ...auditOrder(heard, second.events),
    ...auditCounts(second.events),
    ...auditInbox(heard, sequences, second),
  ];
};

const auditCauses = (heard: readonly EventRow[], effects: readonly EventRow[]): readonly Difference[] => {
  const counts = new Map<string, number>();
  for (const { causationId = 'nothing' } of effects) counts.set(causationId, (counts.get(causationId) ?? 0) + 1);
  const differences = heard.flatMap(({ id, position }): Difference[] => {
    const count = counts.get(id) ?? 0;
    counts.delete(id);
    if (count === 0) return [{ rule: 'no event is without effect', what: `${id} at position ${position}` }];
    return count === 1 ? [] : [{ rule: 'no event has two effects', what: `${id} has ${count}` }];
  });
  return [
    ...differences,
    ...[...counts.keys()].map((id) => ({ rule: 'an effect has a cause', what: `caused by ${id}` })),
  ];
};

const auditOrder = (heard: readonly EventRow[], effects: readonly EventRow[]): readonly Difference[] => {
  const places = new Map(heard.map(({ id, position }) => [id, position]));
  const last = new Map<string, number>();
  return effects.flatMap(({ stream, causationId = '', position }): Difference[] => {
    const token = tokenOf(stream);
    const place = places.get(causationId) ?? 0;
    const before = last.get(token) ?? 0;
    last.set(token, Math.max(before, place));
    if (place >= before) return [];
    return [
      { rule: "a Mac's effects keep the order of its events", what: `effect ${position}: ${place} after ${before}` },
    ];
  });
};

/** Each effect was decided on the state that the ones before it made. */
const auditCounts = (effects: readonly EventRow[]): readonly Difference[] =>
  effects.flatMap(({ stream, revision, data }): Difference[] => {
    const { factsRevision }: { readonly factsRevision: number } = JSON.parse(data);
    return factsRevision === revision
      ? []
      : [{ rule: 'a decision rests on all that came before', what: `${stream} says ${factsRevision} at ${revision}` }];
  });

const auditInbox = (
  heard: readonly EventRow[],
  sequences: ReadonlyMap<string, number>,
  { inbox }: Evidence['second'],
): readonly Difference[] => {
  const rule = 'the inbox holds each message once, with its place';
  const rows = new Map(inbox.map((row) => [row.messageId, row]));
  const differences = heard.flatMap(({ id }): Difference[] => {
    const sequence = rows.get(id)?.sequence;
    return sequence !== undefined && sequence === sequences.get(id) ? [] : [{ rule, what: `${id} at ${sequence}` }];
  });
  return inbox.length === heard.length
    ? differences
    : [...differences, { rule, what: `${inbox.length} messages of ${heard.length}` }];
};
