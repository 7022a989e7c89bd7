import type { AnyEvent, Envelope } from '@managed-os/contracts';
import type { UpdateEvent } from '@managed-os/device-update';
import { defineProjection, type Statement } from '@managed-os/event-store';
import { type Kysely, sql } from 'kysely';
import { CONSUMER } from '../facts/handle-fact.js';
import type { ProgressTables } from '../tables.js';
import { OWN } from './sentences.js';
import { TOLD, type Told } from './told.js';

type AboutMac = AnyEvent & { readonly deviceId: string };
type Entry<E extends AboutMac> = (event: E, tx: Kysely<ProgressTables>, envelope: Envelope) => Statement;
type Entries<S> = {
  readonly [K in keyof S]: S[K] extends (event: infer E extends AboutMac) => string ? Entry<E> : never;
};

const entry =
  <E extends AboutMac>(sentence: (event: E) => string): Entry<E> =>
  (event, tx, { id, type, time, causationId, correlationId, actor }) =>
    tx.insertInto('timeline').values({
      device_id: event.deviceId,
      entry: sql<number>`(select coalesce(max(entry), 0) + 1 from timeline where device_id = ${event.deviceId}::uuid)`,
      event_id: id,
      event: event.type,
      context: type.split('.')[1] ?? '',
      time,
      sentence: sentence(event),
      causation_id: causationId ?? null,
      correlation_id: correlationId,
      actor,
    });

/** One entry for each sentence: which events have one is checked where the sentences are. */
const entries = <S extends object>(sentences: S): Entries<S> =>
  Object.fromEntries(Object.entries(sentences).map(([name, sentence]) => [name, entry(sentence)])) as Entries<S>;

/** What happened on each Mac and which event caused it (X2), with what deadlines and devices said: a chain without a hole. */
export const timeline = defineProjection<UpdateEvent, ProgressTables>()<Told>({
  name: 'timeline',
  version: 2,
  tables: ['timeline'],
  handlers: entries(OWN),
  inbox: { consumer: CONSUMER, handlers: entries(TOLD) },
});
