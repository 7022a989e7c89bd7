import type { DeadlinesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { addDays, type Instant, realTime } from '@managed-os/kernel';
import { sql } from 'kysely';
import type { Change } from '../preview/change.js';
import { dyingAfter } from './dying-store.js';
import { facts, itemId } from './facts.js';
import { at } from './looked.js';
import { openStoreFixture, type StoreFixture } from './store-fixture.js';

/**
 * A program for `tools/bench`: a fleet of so many Macs (its argument), on which a parent process has one thing done after
 * the other by its name, and is told how many milliseconds each took. Needs `TEST_DATABASE_URL`.
 */

const NOW = at('2022-06-01T06:00Z');

/** So many Macs on 12.1 under one item, which owe 12.2 already. */
const enroll = async (fixture: StoreFixture, macs: number): Promise<void> => {
  await fixture.tell(facts.automatic(1), facts.assigned(1, 1), facts.released('12.2', '2022-05-30'));
  await sql`
    insert into devices (device_id, facts_revision, architecture, os_version, software_update_device_id, supervised,
      mdm_enrolled, bootstrap_token_escrowed, agent_installed)
    select ('00000000-0000-4000-800d-' || lpad(n::text, 12, '0'))::uuid, 1, 'arm64', '12.1', 'J314sAP', true, true, true, false
    from generate_series(1, ${macs}::int) n`.execute(fixture.db);
  await sql`
    insert into memberships (device_id, blueprint_id, position)
    select device_id, '00000000-0000-4000-800b-000000000001', 1 from devices`.execute(fixture.db);
  await markAll(fixture);
  await plan(fixture);
  await fixture.caughtUp();
};

const markAll = (fixture: StoreFixture): Promise<unknown> =>
  sql`
    insert into reevaluations (device_id, cause, correlation_id)
    select device_id, gen_random_uuid(), 'benchmark' from devices`.execute(fixture.db);

const plan = async (fixture: StoreFixture): Promise<void> => {
  const loop = fixture.reevaluations();
  while ((await loop.runOnce(NOW)).handled > 0);
};

const SHORTER: Change = {
  ...{ kind: 'enforcement', itemId: itemId(1), os: '12', revision: 1 },
  policy: { mode: 'automatic', window: 'P1W', time: '14:00', zone: 'UTC', deviceLocal: false },
};

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = realTime.elapsed();
  await work();
  return realTime.elapsed() - began;
};

/** Throws unless as many Macs have reached a deadline at this instant as there are, each once. */
const eachReached = async (fixture: StoreFixture, macs: number, due: Instant): Promise<void> => {
  const { rows } = await sql<{ told: number; macs: number }>`
    select count(*)::int as told, count(distinct stream)::int as macs from events
    where type like '%.DeadlineReached' and time = ${due}`.execute(fixture.db);
  const [found] = rows;
  if (found?.told !== macs || found.macs !== macs) throw new Error(`${macs} Macs, but ${JSON.stringify(found)}`);
};

const works = (fixture: StoreFixture, macs: number) => {
  let releases = 2;
  let days = 0;
  return {
    /** Every Mac is looked at again, and nothing of it has changed. */
    async unchanged() {
      await markAll(fixture);
      return timed(() => plan(fixture));
    },
    /** Every Mac owes one more release. */
    async release() {
      releases += 1;
      await fixture.tell(facts.released(`12.${releases}`, '2022-05-31'));
      const millis = await timed(() => plan(fixture));
      await fixture.caughtUp();
      return millis;
    },
    /** What a shorter window would do to every Mac. */
    preview: () => timed(() => fixture.previews.of(SHORTER)),
    /** Every Mac's deadline comes at one instant, the beginning of prompting with it; of two loops one dies on the way. */
    async timers() {
      days += 1;
      const day = addDays('2022-07-01', days);
      await fixture.tell(facts.manual(1, '12.2', day));
      await plan(fixture);
      await fixture.caughtUp();
      const due = at(`${day}T14:00Z`);
      const fire = async (store?: EventStore<DeadlinesEvent>): Promise<void> => {
        const loop = fixture.dueTimers(store);
        while ((await loop.runOnce(due, due)).handled > 0);
      };
      const millis = await timed(async () => {
        const dying = fire(dyingAfter(macs / 10, fixture.store));
        await Promise.all([fire(), dying.catch(() => undefined)]);
        // What the dead one held.
        await fire();
      });
      await eachReached(fixture, macs, due);
      return millis;
    },
  };
};

const fixture = await openStoreFixture(NOW);
const macs = Number(process.argv[2]);
await enroll(fixture, macs);
const able = works(fixture, macs);
process.on('message', (name: keyof typeof able) => {
  able[name]().then(
    (millis) => process.send?.({ millis }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
process.once('disconnect', () => void fixture.close().then(() => process.exit()));
process.send?.({ millis: 0 });
