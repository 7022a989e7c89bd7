import type { ReleasesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { type Instant, instant } from '@managed-os/kernel';
import { eventually, ManualClock } from '@managed-os/kernel/testing';
import { EVENT_STORE } from '@managed-os/service-host';
import { startTestService, type TestService } from '@managed-os/service-host/testing';
import { announceInTime } from './announcing/announcing.js';
import type { Release } from './announcing/releases.projection.js';
import { announcements, loadCatalogue, type ReleaseAnnounced } from './catalogue/catalogue.js';
import { releasesService } from './service.js';

const RELEASES = '/api/releases';
const at = (text: string): Instant => instant(Date.parse(text));

const clock = new ManualClock(at('2022-09-10T06:00:00Z'));
let service: TestService;
beforeAll(async () => {
  service = await startTestService(releasesService, { clock });
  await announced('12.5.1');
});
afterAll(() => service.close());

const announced = (version: string): Promise<void> =>
  eventually(async () => (await service.api('GET', `${RELEASES}/${version}`)).status === 200, `macOS ${version}`);
const list = async (query = ''): Promise<readonly Release[]> =>
  (await service.api<{ items: readonly Release[] }>('GET', `${RELEASES}${query}`)).body.items;
const newest = async (query: string) => {
  const { status, body } = await service.api<Release & { code: string }>('GET', `${RELEASES}/newest?${query}`);
  return status === 200 ? `${body.version} ${body.build}` : `${status} ${body.code}`;
};

describe('the releases over HTTP', () => {
  it('shows what is public at this moment, the newest first, and nothing else', async () => {
    const [first, ...others] = await list('?os=12');
    expect(first).toMatchObject({ version: '12.5.1', build: '21G83', kind: 'patch', released: '2022-08-17', os: '12' });
    expect(others.at(-1)?.version).toBe('12.0.1');
    expect((await list()).every(({ firstSeen }) => firstSeen <= clock.now())).toBe(true);
    expect(await list('?os=13')).toEqual([]);
  });

  it('does not know 12.6 before its day', async () => {
    const answer = await service.api<{ code: string }>('GET', `${RELEASES}/12.6`);
    expect([answer.status, answer.body.code]).toEqual([404, 'no-such-release']);
    expect(await newest('softwareUpdateDeviceId=J313AP')).toBe('12.5.1 21G83');
  });

  it('shows every build of a version', async () => {
    const { body } = await service.api<{ released: string; builds: readonly Release[] }>('GET', `${RELEASES}/11.2.1`);
    expect(body.released).toBe('2021-02-09');
    expect(body.builds.map(({ build, kind }) => [build, kind])).toEqual([
      ['20D75', 'supplemental'],
      ['20D74', 'patch'],
    ]);
  });

  it.each([
    ['model=MacBookPro12,1', '12.5.1 21G83'],
    ['model=MacBookPro12,1&os=11', '11.6.8 20G730'],
    ['model=MacBookPro9,2', '10.15.7 19H2'],
    ['softwareUpdateDeviceId=J313AP&os=10.15', '404 no-release'],
    ['model=iPhone15,2', '404 mac-unknown'],
    ['os=12', '400 invalid-request'],
    ['model=Mac14,2&os=sonoma', '400 invalid-request'],
  ])('newest?%s: %s', async (query, expected) => expect(await newest(query)).toBe(expected));

  it('announces 12.6 when its moment comes', async () => {
    clock.moveTo(at('2022-09-12T17:00:00Z'));
    await announced('12.6');
    expect(await newest('softwareUpdateDeviceId=J313AP')).toBe('12.6 21G115');
  });

  it('announces nothing again when a second replica runs beside the first', async () => {
    const store = service.app.get<EventStore<ReleasesEvent>>(EVENT_STORE);
    const before = await store.readLog(0n, 1_000);
    const stop = new AbortController();
    const second = announceInTime(announcements(await loadCatalogue()), store, clock, stop.signal);
    clock.moveTo(at('2022-11-01T00:00:00Z'));
    await announced('13.0');
    stop.abort();
    await second;
    await service.caughtUp();
    const after = await store.readLog(0n, 1_000);
    const builds = after.slice(before.length).map(({ envelope }) => envelope.data as ReleaseAnnounced);
    expect(builds.map(({ build }) => build).toSorted()).toEqual(['20G918', '21G217', '22A380']);
  });

  it('lets nobody in without a token', async () =>
    expect((await service.api('GET', RELEASES, undefined, { authorization: '' })).status).toBe(401));

  it('describes itself', async () => {
    const { body } = await service.api<{ paths: object }>('GET', '/api/releases/openapi.json');
    const own = Object.keys(body.paths).filter((path) => !path.startsWith('/api/stores/releases/'));
    expect(own).toEqual([
      ...[`${RELEASES}/feed`, `${RELEASES}/quarantine`],
      ...[`${RELEASES}/quarantine/{proposalId}/approve`, `${RELEASES}/quarantine/{proposalId}/reject`],
      ...[RELEASES, `${RELEASES}/newest`, `${RELEASES}/{version}`],
    ]);
  });
});
