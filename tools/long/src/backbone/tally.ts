import { createHash } from 'node:crypto';
import { type Context, tokenOf } from '@managed-os/contracts';
import type { Projection } from '@managed-os/event-store';
import { type Kysely, sql } from 'kysely';

/** How a projection's rows look when it has folded these entries, oldest first. */
export interface Tally {
  readonly token: string;
  readonly entries: number;
  readonly chain: string;
}

const note = (_: never, tx: Kysely<never>, { id, subject }: { readonly id: string; readonly subject: string }) =>
  sql`insert into tallies as t (token, entries, chain) values (${tokenOf(subject)}, 1, encode(sha256(convert_to(${id}, 'UTF8')), 'hex'))
      on conflict (token) do update
        set entries = t.entries + 1, chain = encode(sha256(convert_to(t.chain || ${id}, 'UTF8')), 'hex')`.compile(tx);

const handlersOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, note]));

/** Counts and chains every event of a context, and the messages of an inbox in one order with them. */
export const tallies = (
  { events }: Context,
  inbox?: { readonly consumer: string; readonly names: readonly string[] },
): Projection => ({
  name: 'tallies',
  version: 1,
  tables: ['tallies'],
  handlers: handlersOf(events.map(({ name }) => name)),
  ...(inbox && { inbox: { consumer: inbox.consumer, handlers: handlersOf(inbox.names) } }),
});

/** The same fold, by another road: for whoever checks the projection. */
export const tallyUp = (entries: readonly { readonly token: string; readonly id: string }[]): readonly Tally[] => {
  const byToken = new Map<string, Tally>();
  for (const { token, id } of entries) {
    const before = byToken.get(token);
    const chain = createHash('sha256')
      .update(`${before?.chain ?? ''}${id}`)
      .digest('hex');
    byToken.set(token, { token, entries: (before?.entries ?? 0) + 1, chain });
  }
  return [...byToken.values()];
};
