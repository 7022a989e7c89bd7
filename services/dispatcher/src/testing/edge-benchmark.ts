import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openPool } from '@managed-os/event-store';
import { addMillis, realTime } from '@managed-os/kernel';
import { DATABASE } from '@managed-os/service-host';
import { startTestService, type TestService } from '@managed-os/service-host/testing';
import { sql } from 'kysely';
import { dispatcherService } from '../service.js';
import { LastSeen } from '../silence/last-seen.js';
import type { Db } from '../tables.js';
import { identityOf } from '../enrollment/certificate.js';
import { authority, REPORT_TYPE, TestMac } from './test-mac.js';
import { signatureOf } from './test-signature.js';

/**
 * A program for `tools/bench`: the dispatcher as it runs, its store and its bus real, with so many enrolled Macs (its first
 * argument) that are known by `header` or `signature` (its second). Tells its parent where it listens and what each Mac
 * says when it has nothing to say; asked for `written`, how many rows it has written so far, by table. Needs
 * `TEST_DATABASE_URL`.
 */

const DAY = 86_400_000;
/** Each Mac's ended commands; they stay for a month. */
const ENDED = 20;
/** The pool of a service. */
const CONNECTIONS = 10;

const startDispatcher = (by: string, folder: string): Promise<TestService> => {
  const anchors = path.join(folder, 'authority.pem');
  writeFileSync(anchors, authority.pem);
  return startTestService(dispatcherService, {
    env: {
      BOOTSTRAP_TOKEN_KEY: Buffer.alloc(32, 7).toString('base64'),
      MAC_IDENTITY: by,
      ENROLLMENT_CA_FILE: anchors,
    },
  });
};

/** As they are after some weeks: what was asked of them is answered, and the daily questions come tomorrow. */
const enroll = async ({ app, database }: TestService, macs: readonly TestMac[]): Promise<void> => {
  const db = app.get<Db>(DATABASE);
  const now = realTime.now();
  await sql`
    insert into enrollments (device_id, udid, certificate, state, topic, serial_number, name, model, os_version, os_build,
      push_token, push_magic, supervised)
    select device_id, udid, certificate, 'enrolled', 'com.apple.mgmt.External.1', 'S' || udid, 'mac', 'Mac14,2', '12.5',
      '21G72', sha256(udid::bytea), udid, true
    from unnest(${macs.map(({ deviceId }) => deviceId)}::uuid[], ${macs.map(({ udid }) => udid)}::text[],
      ${macs.map(({ identity }) => identityOf(identity.certificate.raw).hash)}::text[]) as mac (device_id, udid, certificate)`.execute(
    db,
  );
  await sql`
    insert into commands (command_id, device_id, kind, not_before, state, sent_at, ended_at, correlation_id)
    select gen_random_uuid(), device_id, 'daily_inventory', ${now}, 'answered', ${now}, ${now}, gen_random_uuid()
    from enrollments, generate_series(1, ${ENDED}::int)`.execute(db);
  await sql`
    insert into commands (command_id, device_id, kind, not_before, state, wake_at, correlation_id)
    select gen_random_uuid(), device_id, kind, ${addMillis(now, DAY)}, 'queued', ${addMillis(now, DAY)}, gen_random_uuid()
    from enrollments, unnest('{daily_inventory,daily_security}'::text[]) as kind`.execute(db);
  await sql`insert into last_seen (device_id, at) select device_id, ${now} from enrollments`.execute(db);
  const owner = openPool({ connectionString: database.ownerUrl, max: 1, options: `-c search_path=${database.schema}` });
  await owner.query('vacuum analyze enrollments, commands, last_seen');
  await owner.end();
};

/** Rows inserted, updated and deleted, by table, with what connections still keep to themselves; transactions behind the last-seen. */
const written = async ({ app }: TestService) => {
  await app.get(LastSeen).flush();
  const db = app.get<Db>(DATABASE);
  const flush = sql`select pg_stat_force_next_flush(), pg_sleep(0.1)`;
  await Promise.all(Array.from({ length: CONNECTIONS }, () => flush.execute(db)));
  const { rows } = await sql<{ name: string; count: number }>`
    select relname as name, (n_tup_ins + n_tup_upd + n_tup_del)::int as count from pg_stat_user_tables
    where schemaname = current_schema()`.execute(db);
  const last = await sql<{ batches: number }>`select count(distinct xmin::text)::int as batches from last_seen`.execute(
    db,
  );
  return { rows: Object.fromEntries(rows.map(({ name, count }) => [name, count])), batches: last.rows[0]?.batches };
};

/** What a Mac sends of itself. */
const idleOf = (mac: TestMac, by: string): object => {
  const body = mac.report('Idle');
  const proof =
    by === 'header'
      ? { 'client-cert': `:${mac.certificate}:` }
      : { 'mdm-signature': signatureOf(Buffer.from(body), mac.identity).toString('base64') };
  return { headers: { 'content-type': REPORT_TYPE, ...proof }, body };
};

const [count = '1', by = 'header'] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-edge-'));
const service = await startDispatcher(by, folder);
const macs = Array.from(
  { length: Number(count) },
  (_, index) => new TestMac(() => service.url, `00008103-${String(index).padStart(16, '0')}`),
);
await enroll(service, macs);
process.on('message', (asked) => {
  if (asked !== 'written') return;
  written(service).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
process.once('disconnect', () => {
  rmSync(folder, { recursive: true, force: true });
  void service.close().then(() => process.exit());
});
process.send?.({ url: service.url, says: macs.map((mac) => idleOf(mac, by)) });
