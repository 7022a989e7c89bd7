import type { AnyEvent, Envelope, Fact, ManagedOsEvent } from '@managed-os/contracts';
import type { Transaction } from 'kysely';

/** Writes what one event means for a read model; runs inside the transaction that also moves the checkpoint. */
export type Project<E extends AnyEvent, T> = (event: E, tx: Transaction<T>, envelope: Envelope<E>) => Promise<unknown>;

type Handlers<E extends AnyEvent, T> = { readonly [N in E['type']]: Project<Extract<E, { type: N }>, T> | 'ignored' };

/** A read model: every event is handled or says `'ignored'`; rows and checkpoint move in one transaction; rebuildable. */
export interface Projection<T = never> {
  readonly name: string;
  /** A new number rebuilds the read model at the next start. */
  readonly version: number;
  /** The tables it owns; a rebuild empties them first. */
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
