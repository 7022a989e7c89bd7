import type { AnyEvent, Envelope, Fact, ManagedOsEvent } from '@managed-os/contracts';
import type { Kysely } from 'kysely';
import type { Statement } from './pipeline.js';

/** Statements in the order in which they are executed; nothing when the event changes nothing. */
export type Written = Statement | readonly Statement[] | undefined;

/**
 * What one event means for a read model: statements, which the projection executes together with those of the events around
 * it. A handler that must read first is asynchronous; it sees all that was written for the events before.
 */
export type Project<E extends AnyEvent, T> = (
  event: E,
  tx: Kysely<T>,
  envelope: Envelope<E>,
) => Written | Promise<Written>;

type Handlers<E extends AnyEvent, T> = { readonly [N in E['type']]: Project<Extract<E, { type: N }>, T> | 'ignored' };

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
  readonly handlers: Readonly<Record<string, Project<never, T> | 'ignored'>>;
  /** Facts of other contexts, read from this service's own inbox of that consumer, in one order with its own events. */
  readonly inbox?: { readonly consumer: string; readonly handlers: Readonly<Record<string, Project<never, T>>> };
}

interface Definition<E extends AnyEvent, T, N extends ManagedOsEvent['type']> {
  readonly name: string;
  readonly version: number;
  readonly tables: readonly (keyof T & string)[];
  readonly handlers: Handlers<E, T>;
  readonly inbox?: { readonly consumer: string; readonly handlers: { readonly [K in N]: Project<Fact<K>, T> } };
}

/** `defineProjection<OwnEvents, Tables>()({…})`: checks that every own event is handled or ignored. Whoever runs it knows no tables. */
export const defineProjection =
  <E extends AnyEvent, T>() =>
  <N extends ManagedOsEvent['type'] = never>(definition: Definition<E, T, N>): Projection =>
    definition as unknown as Projection;
