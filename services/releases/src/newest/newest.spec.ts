import { announcements, type Catalogue, loadCatalogue } from '../catalogue/catalogue.js';
import { hardwareOf, newestFor } from './newest.js';

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await loadCatalogue();
});

const newest = (mac: { softwareUpdateDeviceId?: string; model?: string }, at: string, os?: string): string => {
  const hardware = hardwareOf(catalogue, mac);
  if (!hardware) return 'unknown Mac';
  const announced = announcements(catalogue).filter((r) => r.firstSeen <= at && (os === undefined || r.os === os));
  const release = newestFor(announced, hardware);
  return release ? `${release.version} ${release.build}` : 'none';
};

describe('the newest release for a Mac (release-feed 4)', () => {
  it.each([
    ['M1 MacBook Air, before 12.6', { softwareUpdateDeviceId: 'J313AP' }, '2022-09-12T16:59:59.000Z', '12.5.1 21G83'],
    ['M1 MacBook Air, at 12.6', { softwareUpdateDeviceId: 'J313AP' }, '2022-09-12T17:00:00.000Z', '12.6 21G115'],
    [
      'an Intel MacBook Pro that ends with 12',
      { model: 'MacBookPro12,1' },
      '2026-08-22T00:00:00.000Z',
      '12.7.6 21H1320',
    ],
    ['an iMac that the feed never listed', { model: 'iMac12,2' }, '2026-08-22T00:00:00.000Z', '10.13.6 17G66'],
    ['a Mac without a board id in the data', { model: 'Mac17,14' }, '2026-10-10T00:00:00.000Z', '27.0.1 26A434'],
    [
      'the last Intel Macs do not get 27',
      { softwareUpdateDeviceId: 'J152FAP' },
      '2026-10-10T00:00:00.000Z',
      '26.7.1 25G241',
    ],
    [
      'M5 MacBook Pro gets its own build',
      { softwareUpdateDeviceId: 'J704AP' },
      '2025-10-20T00:00:00.000Z',
      '26.0.1 25A8364',
    ],
    [
      'another Mac at that time does not',
      { softwareUpdateDeviceId: 'J314sAP' },
      '2025-10-20T00:00:00.000Z',
      '26.0.1 25A362',
    ],
    ['a version for one board', { softwareUpdateDeviceId: 'J700AP' }, '2026-03-20T00:00:00.000Z', '26.3.2 25D2140'],
    [
      'the higher build where both are listed',
      { softwareUpdateDeviceId: 'VMA2MACOSAP' },
      '2024-11-01T00:00:00.000Z',
      '15.1 24B2083',
    ],
    [
      'a foreign id falls back to the model',
      { softwareUpdateDeviceId: 'x', model: 'Mac14,2' },
      '2026-08-22T19:00:00.000Z',
      '26.6.2 25G83',
    ],
  ])('%s', (_, mac, at, expected) => expect(newest(mac, at)).toBe(expected));

  it('stays within a major when asked', () =>
    expect(newest({ model: 'MacBookPro16,1' }, '2022-09-12T18:00:00.000Z', '11')).toBe('11.7 20G817'));

  it('knows nothing about a Mac it does not know', () =>
    expect(newest({ model: 'iPhone15,2' }, '2026-08-22T00:00:00.000Z')).toBe('unknown Mac'));
});
