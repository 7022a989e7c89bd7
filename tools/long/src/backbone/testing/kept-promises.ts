import { createHash } from 'node:crypto';
import { encodeEvent, isInternal, schemaOfType, subjectOfType, tokenOf } from '@managed-os/contracts';
import { instant, reactionId } from '@managed-os/kernel';
import type { EventRow, Evidence, Head, InboxRow, Message, StoreEvidence } from '../audit/evidence.js';
import { type Effect, factOf, HEARD, macOf, type Told } from '../facts.js';
import type { Asked } from '../journal.js';
import { tallyUp } from '../tally.js';

const AT = instant(1_700_000_000_000);
const sha256 = (...parts: readonly (string | Buffer)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** A store as the append function would have left it. */
class Log {
  readonly events: EventRow[] = [];
  readonly inbox: InboxRow[] = [];
  private readonly heads = new Map<string, Head>();
  private position = 0;

  append(stream: string, id: string, event: Parameters<typeof encodeEvent>[0], causationId?: string): EventRow {
    const { type, json } = encodeEvent(event);
    const head = this.heads.get(stream);
    const revision = (head?.revision ?? 0) + 1;
    const before = head ? Buffer.from(head.digest, 'hex') : sha256(stream);
    const digest = sha256(before, [id, type, String(revision), AT, json].join('\n')).toString('hex');
    const row = {
      position: (this.position += 1),
      stream,
      revision,
      id,
      type,
      time: AT,
      causationId,
      data: json,
      digest,
    };
    this.heads.set(stream, { stream, revision, digest });
    this.events.push(row);
    return row;
  }

  hear(consumer: string, messageId: string, sequence?: number, subject?: string): void {
    this.inbox.push({ position: (this.position += 1), consumer, messageId, sequence, subject });
  }

  evidence(
    name: string,
    source: string,
    folded: readonly { readonly position: number; token: string; id: string }[] = [],
  ) {
    const own = this.events.map(({ position, stream, id }) => ({ position, token: tokenOf(stream), id }));
    const tallies = tallyUp([...own, ...folded].toSorted((a, b) => a.position - b.position));
    const { events, inbox, position: lastPosition } = this;
    return {
      name,
      source,
      lastPosition,
      events,
      inbox,
      heads: [...this.heads.values()],
      tallies,
    } satisfies StoreEvidence;
  }
}

const published = (source: string, events: readonly EventRow[]): readonly Message[] =>
  events
    .filter(({ type }) => {
      const schema = schemaOfType(type);
      return schema === undefined || !isInternal(schema);
    })
    .map(({ id, type, stream, position, revision, causationId, data }, index) => ({
      ...{ sequence: index + 1, id, source, type, position, revision, causationId, body: data },
      subject: subjectOfType(type, tokenOf(stream)),
    }));

const APPENDS: readonly { readonly mac: number; readonly types: readonly Told[]; readonly isShared?: true }[] = [
  { mac: 1, types: ['DeadlineReached'] },
  { mac: 2, types: ['TimerCancelled', 'CountdownEnded', 'DeadlineReached'] },
  { mac: 1, types: ['ObligationClosed', 'NotifyFromReached'] },
  { mac: 2, types: ['DeadlineReached'], isShared: true },
  { mac: 1, types: ['DeadlineReached', 'DeadlineReached'] },
];

/** A small history in which every promise was kept: one writer's appends, one of them another writer's too, and their effects. */
export const keptPromises = (): Evidence => {
  const [first, second] = [new Log(), new Log()];
  const asked: Asked[] = [];
  const others: Asked[] = [];
  const effects = new Map<string, number>();
  for (const [index, { mac, types, isShared }] of APPENDS.entries()) {
    const n = index + 1;
    const deviceId = macOf(mac);
    const stream = `obligations-${deviceId}`;
    const events = types.map((type, at) => ({ id: reactionId(n, at), type, number: n * 10 + at }));
    const ask = { n, mac: deviceId, stream, expected: 'any', messageId: `message-${n}`, time: AT, events };
    first.hear('writers', ask.messageId);
    const rows = events.map(({ id, type, number }) => first.append(stream, id, factOf(type, deviceId, number)));
    asked.push({ ask, answers: [{ kind: 'unknown' }, { kind: 'done', revision: String(rows.at(-1)?.revision) }] });
    if (isShared) others.push({ ask, answers: [{ kind: 'duplicate' }] });
  }
  const lost = { n: 9, mac: macOf(1), stream: `obligations-${macOf(1)}`, expected: '1', time: AT };
  const never = { id: reactionId('never'), type: 'DeadlineReached', number: 90 } as const;
  asked.push({ ask: { ...lost, events: [never] }, answers: [{ kind: 'conflict' }] });

  const firstStream = published('mos://deadlines/one', first.events);
  for (const { sequence, id, type } of firstStream) {
    const row = first.events.find((event) => event.id === id);
    if (!row || !HEARD.some((name) => type.endsWith(`.${name}`))) continue;
    const deviceId = tokenOf(row.stream);
    const count = (effects.get(deviceId) ?? 0) + 1;
    effects.set(deviceId, count);
    second.hear('progress', id, sequence, row.stream);
    const effect: Effect = {
      type: 'VersionObserved',
      deviceId,
      osVersion: '12.6',
      factsRevision: count,
      seenBy: 'facts',
    };
    second.append(`device_update-${deviceId}`, reactionId(id, 'progress', 0), effect, id);
  }
  const heard = second.inbox.map(({ position, messageId, subject = '' }) => ({
    position,
    token: tokenOf(subject),
    id: messageId,
  }));
  return {
    writers: [
      { name: 'writer-1', asked },
      { name: 'writer-2', asked: others },
    ],
    first: first.evidence('deadlines', 'mos://deadlines/one'),
    firstStream,
    second: second.evidence('progress', 'mos://updates/two', heard),
    secondStream: published('mos://updates/two', second.events),
    openLetters: [],
    parked: [],
  };
};
