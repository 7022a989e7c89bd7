import type { DescMessage, Message, MessageShape } from '@bufbuild/protobuf';

/** A message as plain JSON data: what is stored, sent and read, without the runtime's marks. */
export type Plain<T> = T extends readonly (infer U)[]
  ? readonly Plain<U>[]
  : T extends Message
    ? { readonly [K in keyof T as K extends '$typeName' | '$unknown' ? never : K]: Plain<T[K]> }
    : T;

/** `managedos.deadlines.v1.DeadlineReached` → `DeadlineReached`. */
export type NameOf<D extends DescMessage> =
  MessageShape<D>['$typeName'] extends `managedos.${string}.${string}.${infer N}` ? N : never;

/** An event as domain code sees it: its name and its fields, flat. */
export type EventOf<D extends DescMessage> = D extends DescMessage
  ? { readonly type: NameOf<D> } & Plain<MessageShape<D>>
  : never;

/** Any event, where the context does not matter. */
export interface AnyEvent {
  readonly type: string;
}
