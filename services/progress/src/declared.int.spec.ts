import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as mac from '@managed-os/device-update/testing';
import { DATABASE } from '@managed-os/service-host';
import { type Kysely, sql } from 'kysely';
import type { FailuresAnswer } from './failures/failures.bodies.js';
import type { ProgressTables } from './tables.js';
import { enrolled, facts, openProgress, of, type Progress } from './testing/fixture.js';

const { DEADLINE, declared, declaredPlan, idlePlan, later, NOTIFY_FROM, updateState } = mac;

let progress: Progress;
beforeAll(async () => {
  progress = await openProgress();
}, 60_000);
afterAll(() => progress?.close());

const failures = async () => (await progress.service.api<FailuresAnswer>('GET', '/api/updates/failures')).body;
const types = async () => (await progress.events()).map(({ type }) => type);

describe('a Mac that is declared to, every message delivered twice (X1, row 8)', () => {
  it('X1 S48 is declared to once, at its time', async () => {
    await progress.tell(enrolled(1, 'Air 1'), ...declared);
    expect((await types()).filter((type) => type === 'DeclarationRequested')).toHaveLength(1);
    expect(await progress.device()).toMatchObject({
      status: 'due',
      stage: 'prompting',
      whoActsNext: 'mac',
      nextAt: DEADLINE,
    });
  });

  it('X11 offered, fetched, in force and prepared is not compliant', async () => {
    await progress.tell(
      mac.declarationOffered(),
      mac.declarationFetched(),
      mac.declarationReported(),
      updateState('downloading'),
      updateState('prepared', {}, later(NOTIFY_FROM, 100)),
    );
    expect(await progress.device()).toMatchObject({ stage: 'cached', whoActsNext: 'user' });
    expect(await progress.compliance()).toMatchObject({ devices: 1, compliant: 0, owed: 1 });
  });

  it('X10 an update that failed names cause, who acts and the Mac’s words, and is counted', async () => {
    const failed = (count: number, reason: string, at = later(DEADLINE, count)) =>
      updateState('failed', { failure: { count, reason } }, at);
    await progress.tell(mac.deadlineReached(), failed(1, 'BatteryTooLow'), failed(2, 'SUMystery 7'));
    expect(await progress.device()).toMatchObject({ stage: 'failed', reason: 'unknown', overdue: true });
    expect(await failures()).toMatchObject({
      unknown: 1,
      items: [
        { cause: 'unknown', said: 'SUMystery 7', kind: 'update', times: 1, devices: 1 },
        { cause: 'no_power', whoActs: 'user', said: 'BatteryTooLow', times: 1, devices: 1 },
      ],
    });
  });

  it('trap 19 X11 is compliant by the version that was seen, and the declaration is withdrawn', async () => {
    await progress.tell(
      updateState('installing', {}, later(DEADLINE, 60)),
      mac.declaredFacts({ osVersion: '15.8.1' }, 2, later(DEADLINE, 100)),
    );
    expect((await progress.events()).slice(-3)).toMatchObject([
      { type: 'VersionObserved' },
      { type: 'DeclarationWithdrawn', reason: 'verified' },
      { type: 'AttemptClosed', outcome: 'verified' },
    ]);
    await progress.tell(idlePlan('compliant', { factsRevision: 2, osVersion: '15.8.1' }, later(DEADLINE, 101)));
    expect(await progress.device()).toMatchObject({ status: 'compliant', osVersion: '15.8.1' });
    expect((await progress.compliance()).compliant).toBe(1);
  });

  it('6b X2 its timeline says that prompts and countdown are macOS’s, and has no hole', async () => {
    const { items } = await progress.timelineOf();
    const known = new Set(items.map(({ eventId }) => eventId));
    for (const { context, causationId } of items) if (context === 'updates') expect(known).toContain(causationId);
    const sentences = items.map(({ sentence }) => sentence);
    expect(sentences).toContain(
      'macOS 15.8.1 is declared to the Mac, for 2022-09-16 16:00 on its own clock (Europe/Paris). Prompts, countdown and restart are macOS’s: our agent shows neither banner nor countdown.',
    );
    expect(sentences).toContain('The deadline has passed; counting down and restarting is up to macOS.');
    expect(sentences.join(' ')).not.toContain('the countdown begins');
    for (const sentence of sentences) expect(sentence).toMatch(/\.$/);
  });

  it('row 8 without a bootstrap token it is blocked and declared to all the same', async () => {
    await progress.tell(
      ...[enrolled(2, 'Air 2'), facts(2, '15.7.1', 1, 'Air 2')].map((input) => ({
        ...input,
        at: later(DEADLINE, 200),
      })),
      of(2, declaredPlan({ status: 'blocked', reason: 'bootstrap_token_missing' }, later(DEADLINE, 200))),
      of(2, mac.deadlineReached(later(DEADLINE, 201))),
    );
    expect((await progress.events(2)).at(-1)).toMatchObject({ type: 'DeclarationRequested', version: '15.8.1' });
    expect(await progress.device(2)).toMatchObject({
      status: 'blocked',
      reason: 'bootstrap_token_missing',
      whoActsNext: 'user',
    });
    expect(await progress.compliance()).toMatchObject({ compliant: 1, owed: 1 });
  });

  it('X3 X10 what failed is counted the same after a rebuild', async () => {
    const db = () => progress.service.app.get<Kysely<ProgressTables>>(DATABASE);
    const rows = () => db().selectFrom('failures').selectAll().orderBy('said').execute();
    const before = await rows();
    expect(before).toHaveLength(2);
    await sql`update checkpoints set version = 0`.execute(db());
    await progress.service.restart();
    await progress.service.caughtUp();
    expect(await rows()).toEqual(before);
  }, 60_000);
});
