import { realTime } from '@managed-os/kernel';
import { sql } from 'kysely';
import { itemId, facts } from './facts.js';
import { at } from './looked.js';
import { openStoreFixture, type StoreFixture } from './store-fixture.js';

/** What one measurement came to. */
interface Measured {
  readonly name: 'release' | 'unchanged' | 'preview' | 'timers';
  readonly count: number;
  readonly millis: number;
}

const NOW = at('2022-06-01T06:00Z');

/** So many Macs on 12.1 under one item, which owe 12.2 already. */
const enrolled = async (fixture: StoreFixture, macs: number): Promise<void> => {
  await fixture.tell(facts.automatic(1), facts.assigned(1, 1), facts.released('12.2', '2022-06-01'));
  await sql`
    insert into devices (device_id, facts_revision, architecture, os_version, software_update_device_id, supervised,
      mdm_enrolled, bootstrap_token_escrowed, agent_installed)
    select ('00000000-0000-4000-800d-' || lpad(n::text, 12, '0'))::uuid, 1, 'arm64', '12.1', 'J314sAP', true, true, true, false
    from generate_series(1, ${macs}::int) n`.execute(fixture.db);
  await sql`
    insert into memberships (device_id, blueprint_id, position)
    select device_id, '00000000-0000-4000-800b-000000000001', 1 from devices`.execute(fixture.db);
  await sql`analyze devices; analyze memberships`.execute(fixture.db).catch(() => undefined);
  await markAll(fixture);
  await planned(fixture);
};

const markAll = async (fixture: StoreFixture): Promise<void> => {
  await sql`
    insert into reevaluations (device_id, cause, correlation_id)
    select device_id, gen_random_uuid(), 'benchmark' from devices`.execute(fixture.db);
};

const planned = async (fixture: StoreFixture): Promise<void> => {
  const loop = fixture.reevaluations();
  while ((await loop.runOnce(NOW)).handled > 0);
};

const measure = async (name: Measured['name'], count: number, work: () => Promise<unknown>): Promise<Measured> => {
  const began = realTime.elapsed();
  await work();
  return { name, count, millis: realTime.elapsed() - began };
};

/** Prints one line of JSON per measurement: what a fleet of so many Macs costs. */
const run = async (macs: number, say: (measured: Measured) => void): Promise<void> => {
  const fixture = await openStoreFixture(NOW);
  try {
    await enrolled(fixture, macs);
    await fixture.caughtUp();
    await markAll(fixture);
    say(await measure('unchanged', macs, () => planned(fixture)));
    const enforcement = { mode: 'automatic', window: 'P1W', time: '14:00', zone: 'UTC', deviceLocal: false };
    const change = { kind: 'enforcement' as const, itemId: itemId(1), os: '12', policy: enforcement, revision: 1 };
    say(await measure('preview', macs, () => fixture.previews.of(change)));
    await fixture.tell(facts.released('12.3', '2022-06-01'));
    say(await measure('release', macs, () => planned(fixture)));
    await fixture.caughtUp();
    const loop = fixture.dueTimers();
    const due = at('2022-06-15T14:00Z');
    say(
      await measure('timers', macs, async () => {
        while ((await loop.runOnce(due, due)).handled > 0);
      }),
    );
  } finally {
    await fixture.close();
  }
};

await run(Number(process.argv[2] ?? 100_000), (measured) => console.log(JSON.stringify(measured)));
