import type { LibraryEvent } from '@managed-os/contracts';
import { type EventStore, type HandleContext, type Handled, handler } from '@managed-os/event-store';
import { type EnforcementView, viewOf } from '../enforcement/enforcement.js';
import { type ItemInput, type ItemRejection, libraryItem } from './library-item.decider.js';

/** An item as the API shows it. */
export interface ItemView {
  readonly id: string;
  readonly os: string;
  readonly name: string;
  /** Null until one was saved (S70). */
  readonly enforcement: EnforcementView | null;
  /** Windows of single releases, by version (Q40). */
  readonly overrides: Readonly<Record<string, string>>;
  readonly revision: string;
}

/** The items of the Library by their streams: what was written is read at once. */
export interface Items {
  handle(itemId: string, input: ItemInput, context: HandleContext): Promise<Handled<LibraryEvent, ItemRejection>>;
  /** Whether an input would change anything as things are: not so a repeat, nor what is refused. */
  wouldChange(itemId: string, input: ItemInput): Promise<boolean>;
  /** `undefined` when there is no such item, or not any more. */
  read(itemId: string): Promise<ItemView | undefined>;
}

export const itemsIn = (store: EventStore<LibraryEvent>): Items => ({
  handle: handler(store, 'library_item', libraryItem),
  async wouldChange(itemId, input) {
    const { state } = await store.load(`library_item-${itemId}`, libraryItem);
    const decision = libraryItem.decide(input, state);
    return decision.kind === 'accepted' && decision.events.length > 0;
  },
  async read(itemId) {
    const { state, revision } = await store.load(`library_item-${itemId}`, libraryItem);
    if (state.is !== 'present') return undefined;
    const { os, name, enforcement, overrides } = state;
    const view = enforcement && viewOf(enforcement);
    return { id: itemId, os, name, enforcement: view, overrides, revision: String(revision) };
  },
});
