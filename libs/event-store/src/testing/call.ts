import type pg from 'pg';
import { at, newId } from './contract/given.js';

export interface Call {
  readonly stream: readonly (string | null)[];
  readonly id: readonly string[];
  readonly type: readonly string[];
  readonly data: readonly string[];
  readonly metadata: readonly string[];
  readonly consumer: readonly string[];
  readonly message: readonly string[];
}

/** The append function called by hand: an event per stream, as no client of ours would. */
export const call = ({
  stream = [`library_item-${newId()}`],
  id,
  type,
  data,
  metadata,
  consumer,
  message,
}: Partial<Call>): pg.QueryConfig => {
  const each = <T>(value: T): T[] => stream.map(() => value);
  return {
    text: 'select * from library.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)',
    values: [
      ...[
        stream,
        each(null),
        each(at(0)),
        consumer ?? each(null),
        message ?? each(null),
        each(null),
        each(null),
        each(null),
      ],
      ...[stream.map((_, n) => n + 1), id ?? stream.map(newId), type ?? each('managedos.library.v1.ItemAdded')],
      ...[data ?? each('{}'), metadata ?? each('{}'), each(false)],
    ],
  };
};
