import pg from 'pg';

/** What the dispatcher holds a reply for, when nothing else is set. */
const HELD_MS = 1_000;

export interface ConversationSteps {
  /** Commands that a Mac's answer called for, to be sent at once. */
  readonly asked: number;
  /** Those that the Mac got while the reply to that answer was still held: without a new push. */
  readonly onward: number;
}

const STEPS = `
  select count(*)::int as asked,
         count(*) filter (where sent.at - answered.recorded_at <= $1 * interval '1 ms')::int as onward
    from progress.events asked
    join dispatcher.events answered on answered.id = (asked.metadata->>'causationId')::uuid
    join (select metadata->>'causationId' as request, min(recorded_at) as at
            from dispatcher.events where type = 'managedos.devices.v1.CommandSent' group by 1) sent
      on sent.request = asked.id::text
   where asked.type = 'managedos.updates.v1.CommandRequested' and asked.data->>'notBefore' is null
     and answered.type = 'managedos.devices.v1.CommandAnswered'`;

/** Reads from the services' own events, in real time, how conversations went on. Polls and other commands that wait for their time are no steps. */
export const readConversationSteps = async (connectionString: string): Promise<ConversationSteps> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<ConversationSteps>(STEPS, [HELD_MS]);
    return rows[0] ?? { asked: 0, onward: 0 };
  } finally {
    await client.end();
  }
};
