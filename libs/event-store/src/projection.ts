import type { AnyEvent, Envelope, Fact, ManagedOsEvent } from '@managed-os/contracts';
import type { Kysely } from 'kysely';
import type { Statement } from './pipeline.js';

/** Statements in the order in which they are executed; nothing when the event changes nothing. */
export type Written = Statement | readonly Statement[] | undefined;

/**
 * What one event means for a read model: statements, which the projection executes together with those of the events around
 * it. A handler that must read first is asynchronous, and sees all that was written for the events before; as that costs a
 * round trip for each event, `lookUp` reads for many.
 */
export type Project<E extends AnyEvent, T, F = undefined> = (
  event: E,
  tx: Kysely<T>,
  envelope: Envelope<E>,
  found: F,
) => Written | Promise<Written>;

/** Reads what the handlers of these events need to know; they keep what they change in it for those behind them. */
export type LookUp<T, F> = (events: readonly Envelope[], tx: Kysely<T>) => Promise<F>;

/** What the handlers of a transaction left in what was looked up, as statements: one for many events. */
export type WriteBack<T, F> = (found: F, tx: Kysely<T>) => readonly Statement[];

type Handlers<E extends AnyEvent, T, F> = {
  readonly [N in E['type']]: Project<Extract<E, { type: N }>, T, F> | 'ignored';
};

/**
 * A read model: every event is handled or says `'ignored'`; rows and checkpoint move in one transaction; rebuildable.
 *
 * A rebuild runs the same handlers on a shadow of the tables, temporary ones of the same names, and replaces the rows at its
 * end. So handlers name tables without a schema, write their own ones only, and read no other: of those they would see
 * today's rows, not those of the event's time. Triggers are not of the shadow; they fire when the rows are replaced.
 */
export interface Projection<T = never> {
  readonly name: string;
  /** A new number rebuilds the read model at the next start. */
  readonly version: number;
  /** The tables that it alone writes; one that refers to another comes after it. */
  readonly tables: readonly string[];
  /** Asked once for the events of a transaction, before the first of them is handled. */
  readonly lookUp?: LookUp<T, unknown>;
  /** Asked once for the events of a transaction, after the last of them was handled. */
  readonly writeBack?: WriteBack<T, never>;
  readonly handlers: Readonly<Record<string, Project<never, T, never> | 'ignored'>>;
  /** Facts of other contexts, read from this service's own inbox of that consumer, in one order with its own events. */
  readonly inbox?: { readonly consumer: string; readonly handlers: Readonly<Record<string, Project<never, T, never>>> };
}

interface Definition<E extends AnyEvent, T, N extends ManagedOsEvent['type'], F> {
  readonly name: string;
  readonly version: number;
  readonly tables: readonly (keyof T & string)[];
  readonly lookUp?: LookUp<T, F>;
  readonly writeBack?: WriteBack<T, F>;
  readonly handlers: Handlers<E, T, F>;
  readonly inbox?: { readonly consumer: string; readonly handlers: { readonly [K in N]: Project<Fact<K>, T, F> } };
}

/** `defineProjection<OwnEvents, Tables>()({…})`: checks that every own event is handled or ignored. Whoever runs it knows no tables. */
export const defineProjection =
  <E extends AnyEvent, T>() =>
  <N extends ManagedOsEvent['type'] = never, F = undefined>(definition: Definition<E, T, N, F>): Projection =>
    definition as unknown as Projection;
