import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Plain } from './plain.js';

type Fields = Readonly<Record<string, unknown>>;

/** How an event of one version is told in the words of the next. */
export interface Upcast {
  readonly from: DescMessage;
  readonly to: DescMessage;
  /** Pure; is given every field that `from` has, and answers every field that `to` demands. */
  up(old: Fields): Fields;
}

/** `upcast(DeadlineReachedV1Schema, DeadlineReachedSchema, (old) => ({ ...old, zone: 'UTC' }))` */
export const upcast = <From extends DescMessage, To extends DescMessage>(
  from: From,
  to: To,
  up: (old: Plain<MessageShape<From>>) => Plain<MessageShape<To>>,
): Upcast => ({ from, to, up });

/**
 * Every version of an event that is written no more, each with its way to the next one: v1 → v2, v2 → v3. Their messages
 * stay in `proto/`, and their examples beside them; what is stored or under way is read through here for ever.
 */
export const upcasts: readonly Upcast[] = [];
