import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fact, releases as context, type ReleasesEvent } from '@managed-os/contracts';
import { type Neighbours, openNeighbours, startTestNats, type TestNats } from '@managed-os/event-bus/testing';
import type { EventStore } from '@managed-os/event-store';
import { eventually, ManualClock } from '@managed-os/kernel/testing';
import { EVENT_STORE } from '@managed-os/service-host';
import { startTestService, type TestService } from '@managed-os/service-host/testing';
import type { Release } from './announcing/releases.projection.js';
import type { FeedAnswer } from './feed/feed.bodies.js';
import type { ProposalAnswer } from './proposals/quarantine.bodies.js';
import { releasesService } from './service.js';
import { bodyText, EMPTY_BODY, type Lists } from './testing/feed-bodies.js';
import { at } from './testing/played.js';

const FEED = '/api/releases/feed';
const QUARANTINE = '/api/releases/quarantine';
const NOBODY = '00000000-0000-4000-8000-000000000000';
const DEVICES = 'J314sAP J413AP';

let folder: string;
let nats: TestNats;
let others: Neighbours;
let clock: ManualClock;
let service: TestService;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'managed-os-captures-'));
  await writeFile(
    path.join(folder, 'sofa.json'),
    '{"OSVersions":[{"Latest":{"ProductVersion":"26.6.1","ActivelyExploitedCVEs":["CVE-2026-65400"]}}]}',
  );
  nats = await startTestNats();
  others = await openNeighbours(nats.url, context);
  clock = new ManualClock(at('2026-08-22T19:00Z'));
  const env = {
    RELEASE_FEED: `files:${folder}`,
    CVE_FEED: `file:${path.join(folder, 'sofa.json')}`,
    LOG_LEVEL: 'silent',
  };
  service = await startTestService(releasesService, { clock, natsUrl: nats.url, env });
}, 60_000);
afterAll(async () => {
  await service?.close();
  await others?.close();
  await nats?.stop();
  await rm(folder, { recursive: true });
});

const r1 = { version: '26.6.2', build: '25G83', devices: DEVICES, posted: '2026-08-17' };
const r2 = { version: '26.6.3', build: '25G95', devices: DEVICES, posted: '2026-08-24' };
const r3 = { version: '26.6.4', build: '25G101', devices: DEVICES, posted: '2026-08-26' };
const old = { version: '15.7.9', build: '24G830', devices: DEVICES, posted: '2026-08-06' };

const eventsOf = async (): Promise<readonly ReleasesEvent[]> => {
  const log = await service.app.get<EventStore<ReleasesEvent>>(EVENT_STORE).readLog(0n, 10_000);
  return log.map(({ envelope }) => envelope.data as ReleasesEvent);
};
const countOf = async (type: ReleasesEvent['type']): Promise<number> =>
  (await eventsOf()).filter((event) => event.type === type).length;
/** The clock reaches an instant at which a capture says this. */
const capture = async (name: string, lists: Lists | string): Promise<void> => {
  await writeFile(path.join(folder, `${name}.json`), typeof lists === 'string' ? lists : bodyText(lists));
  clock.moveTo(at(name.replace(/(\d\d)(\d\d)Z$/, '$1:$2Z')));
};
const feed = async (): Promise<FeedAnswer> => (await service.api<FeedAnswer>('GET', FEED)).body;
const readUpTo = (name: string): Promise<void> =>
  eventually(async () => (await feed()).capture === `${name}.json`, `${name} to be read`);
const proposed = async (change: string, version: string): Promise<string> => {
  const find = async () =>
    (await eventsOf()).findLast(
      (event) =>
        event.type === 'ReleaseProposed' && event.change?.change === change && event.change.version === version,
    ) as Fact<'ReleaseProposed'> | undefined;
  await eventually(async () => (await find()) !== undefined, `${change} of ${version}`);
  return (await find())?.proposalId ?? '';
};
const assess = (proposalId: string, flipped: number): Promise<string> =>
  others.tell(
    {
      ...{ type: 'ProposalAssessed', proposalId, macs: 1_000, flipped },
      ...{ overdue: flipped, earlier: 0, released: 0, incompatible: 0, newlyDue: 12 },
    },
    { token: proposalId, time: clock.now() },
  );
const quarantined = async (): Promise<readonly ProposalAnswer[]> =>
  (await service.api<{ items: readonly ProposalAnswer[] }>('GET', QUARANTINE)).body.items;
const buildOf = async (version: string): Promise<Release | undefined> =>
  (await service.api<{ builds?: readonly Release[] }>('GET', `/api/releases/${version}`)).body.builds?.[0];
const degraded = async (): Promise<readonly string[]> =>
  ((await (await fetch(`${service.url}/health/ready`)).json()) as { degraded: readonly string[] }).degraded;
const decide = (proposalId: string, what: string, body?: object, key?: string) =>
  service.api<ProposalAnswer & { code?: string }>('POST', `${QUARANTINE}/${proposalId}/${what}`, body, {
    ...(key !== undefined && { 'idempotency-key': key }),
  });

describe('a service that follows Apple’s feed', () => {
  it('X14 reads captures as the clock reaches them, and says what was read', async () => {
    expect(await feed()).toMatchObject({ source: 'files', state: 'not_read', capture: null, seen: null });
    await capture('2026-08-22T2000Z', { open: [r1, old] });
    await readUpTo('2026-08-22T2000Z');
    expect(await feed()).toEqual({
      ...{ source: 'files', state: 'good', capture: '2026-08-22T2000Z.json', seen: '2026-08-22T20:00:00.000Z' },
      ...{ changedAt: '2026-08-22T20:00:00.000Z', publicBuilds: 2, installableBuilds: 2, refusal: null, failure: null },
    });
    expect(await countOf('ReleaseProposed')).toBe(0);
    expect(await degraded()).toEqual([]);
  });

  it('X13 tells which exploited vulnerabilities an announced release fixes', async () => {
    await eventually(async () => (await countOf('ExploitedVulnerabilitiesListed')) === 1, 'the vulnerability');
    expect((await eventsOf()).find(({ type }) => type === 'ExploitedVulnerabilitiesListed')).toEqual({
      ...{ type: 'ExploitedVulnerabilitiesListed', version: '26.6.1', os: '26' },
      ...{ cves: ['CVE-2026-65400'], source: 'sofa' },
    });
  });

  it('X14 a new release counts once few Macs flip; the answer comes twice', async () => {
    await capture('2026-08-24T1800Z', { open: [r2, old], assets: [r1] });
    const proposalId = await proposed('release_added', '26.6.3');
    expect(await buildOf('26.6.3')).toBeUndefined();
    await assess(proposalId, 5);
    await eventually(async () => (await buildOf('26.6.3')) !== undefined, 'macOS 26.6.3');
    expect(await buildOf('26.6.3')).toMatchObject({
      ...{ build: '25G95', kind: 'patch', released: '2026-08-24', firstSeen: '2026-08-24T18:00:00.000Z' },
      supportedDevices: DEVICES.split(' '),
    });
    await eventually(async () => (await buildOf('26.6.2'))?.leftPublic !== undefined, '26.6.2 to leave');
    expect(await buildOf('26.6.2')).toMatchObject({ released: '2026-08-17', leftPublic: '2026-08-24T18:00:00.000Z' });
    expect(
      (await eventsOf()).filter((event) => event.type === 'ReleaseAnnounced' && event.version === '26.6.3'),
    ).toHaveLength(1);
    expect(await others.heard(proposalId)).toEqual(['release_proposed', 'proposal_accepted']);
    expect(await quarantined()).toEqual([]);
  });

  it('X14 a large impact waits for a person, is told in health, and counts once it is approved', async () => {
    await capture('2026-08-26T1800Z', { open: [r2, r3, old], assets: [r1] });
    const proposalId = await proposed('release_added', '26.6.4');
    expect((await decide(proposalId, 'approve')).status).toBe(409);
    await assess(proposalId, 412);
    await eventually(async () => (await quarantined())[0]?.macs === 412, 'the quarantine');
    expect(await quarantined()).toEqual([
      {
        ...{ proposalId, state: 'quarantined', seen: '2026-08-26T18:00:00.000Z', reasons: ['large_impact'], macs: 412 },
        change: expect.objectContaining({ change: 'release_added', version: '26.6.4', build: '25G101' }),
      },
    ]);
    expect(await degraded()).toEqual(['release-quarantine']);
    expect(await buildOf('26.6.4')).toBeUndefined();
    const answers = [
      await decide(proposalId, 'approve', undefined, 'once'),
      await decide(proposalId, 'approve', undefined, 'once'),
    ];
    expect(answers.map(({ status, body }) => [status, body.state])).toEqual([
      [200, 'accepted'],
      [200, 'accepted'],
    ]);
    expect((await decide(proposalId, 'reject', { reason: 'too late' })).body.code).toBe('already-decided');
    await eventually(async () => (await buildOf('26.6.4')) !== undefined, 'macOS 26.6.4');
    expect(await countOf('ProposalQuarantined')).toBe(1);
    await service.caughtUp();
    expect(await degraded()).toEqual([]);
  });

  it('X14 the bad feed changes nothing and asks once; rejected, it is never asked again', async () => {
    const before = await eventsOf();
    const bad = { open: [r2, old], assets: [r1] };
    await capture('2026-08-27T0000Z', bad);
    const proposalId = await proposed('left_all', '26.6.4');
    await capture('2026-08-27T0600Z', bad);
    await readUpTo('2026-08-27T0600Z');
    await assess(proposalId, 0);
    await eventually(async () => (await quarantined())[0]?.macs === 0, 'the assessment');
    expect((await quarantined()).map(({ reasons }) => reasons)).toEqual([['vanished']]);
    expect((await decide(proposalId, 'reject')).status).toBe(400);
    const rejected = await decide(proposalId, 'reject', { reason: 'Apple lists it again in an hour' });
    expect([rejected.status, rejected.body.state]).toEqual([200, 'rejected']);
    await capture('2026-08-27T1200Z', { ...bad, open: [{ ...r2, posted: '2026-08-27' }, old] });
    await readUpTo('2026-08-27T1200Z');
    await service.caughtUp();
    expect(await quarantined()).toEqual([]);
    expect((await eventsOf()).slice(before.length).map(({ type }) => type)).toEqual([
      ...['FeedChanged', 'ReleaseProposed', 'ProposalQuarantined', 'ProposalRejected'],
    ]);
    expect((await buildOf('26.6.4'))?.leftAll).toBeUndefined();
  });

  it('X14 an empty body is refused, and told in health until the next good one', async () => {
    await capture('2026-08-28T0000Z', EMPTY_BODY);
    await readUpTo('2026-08-28T0000Z');
    expect(await feed()).toMatchObject({
      ...{ state: 'refused', publicBuilds: 2 },
      refusal: { reason: 'empty', pointer: '/PublicAssetSets/macOS', capture: '2026-08-28T0000Z.json' },
    });
    expect(await degraded()).toEqual(['release-feed']);
    await capture('2026-08-28T0100Z', { open: [r3, old], assets: [r2, r1] });
    await readUpTo('2026-08-28T0100Z');
    expect(await feed()).toMatchObject({ state: 'good', refusal: null });
    expect(await degraded()).toEqual([]);
  });

  it('begins where it ended after a restart, and says nothing twice', async () => {
    await eventually(async () => (await buildOf('26.6.3'))?.leftPublic !== undefined, '26.6.3 to leave');
    await service.caughtUp();
    const before = await eventsOf();
    await service.restart();
    expect(await feed()).toMatchObject({ source: 'files', state: 'not_read', capture: '2026-08-28T0100Z.json' });
    await capture('2026-08-29T0100Z', { open: [r3, old], assets: [r2, r1] });
    await readUpTo('2026-08-29T0100Z');
    await service.caughtUp();
    expect(await eventsOf()).toEqual(before);
  });

  it.each([
    ['approve', NOBODY, undefined, 404],
    ['reject', NOBODY, { reason: 'because' }, 404],
    ['approve', 'nobody', undefined, 400],
    ['reject', NOBODY, { reason: 'x' }, 400],
    ['reject', NOBODY, { reason: 'because', more: 1 }, 400],
  ])('POST %s of %s with %j answers %i', async (what, proposalId, body, status) =>
    expect((await decide(proposalId, what, body)).status).toBe(status),
  );

  it.each([
    ['GET', FEED],
    ['GET', QUARANTINE],
    ['POST', `${QUARANTINE}/${NOBODY}/approve`],
  ])('lets nobody %s %s without a token', async (method, address) =>
    expect((await service.api(method, address, undefined, { authorization: '' })).status).toBe(401),
  );
});

describe('a service without a feed', () => {
  it('X14 says so, and knows what its catalogue tells', async () => {
    const alone = await startTestService(releasesService, { clock: new ManualClock(at('2022-09-10T06:00Z')) });
    const { body } = await alone.api<FeedAnswer>('GET', FEED);
    expect(body).toMatchObject({ source: 'off', state: 'off', capture: null, changedAt: null, publicBuilds: 0 });
    await alone.close();
  });
});
