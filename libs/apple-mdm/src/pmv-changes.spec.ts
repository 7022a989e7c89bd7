import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePmv } from './pmv.js';
import { datedBack, followPmv, lostMajors, NOTHING_LISTED, type PmvState } from './pmv-changes.js';
import { type Asset, asset, improvement, pmvText } from './testing/pmv-text.js';

interface Followed {
  readonly state: PmvState;
  /** Of the last body. */
  readonly lines: readonly string[];
}

/** Follows bodies one after the other; a refused one is passed over. */
const follow = (...texts: readonly string[]): Followed =>
  texts.reduce<Followed>(
    ({ state }, text) => {
      const parsed = parsePmv(text);
      const followed = parsed.ok ? followPmv(state, parsed.body) : parsed;
      if (!followed.ok) return { state, lines: [`${followed.refusal.reason} ${followed.refusal.pointer}`] };
      const lines = followed.changes.map(
        ({ change, version, build, devices, released }) =>
          `${change} ${version} ${build} ${devices.join(',')} ${released}`,
      );
      return { state: followed.state, lines };
    },
    { state: NOTHING_LISTED, lines: [] },
  );

const old = asset('26.1', '25B78', 'A B', '2025-11-03');
const current = asset('26.2', '25C56', 'A B', '2025-12-12');
const next = asset('26.3', '25D125', 'A B', '2026-02-11');
const EMPTY = pmvText([]);

describe('what a response changes (release-feed 3)', () => {
  it('adds what is public, and not what is superseded already', () =>
    expect(follow(pmvText([current], [old])).lines).toEqual(['release_added 26.2 25C56 A,B 2025-12-12']));

  it('tells when a superseded build ends, although it was never added', () =>
    expect(follow(pmvText([current], [old]), pmvText([current])).lines).toEqual([
      'left_all 26.1 25B78 A,B 2025-11-03',
    ]));

  it('a successor takes the place of a build, which stays among the assets', () =>
    expect(follow(pmvText([current]), pmvText([next], [current])).lines).toEqual([
      'left_public 26.2 25C56 A,B 2025-12-12',
      'release_added 26.3 25D125 A,B 2026-02-11',
    ]));

  it('a build that vanishes from both lists tells both', () =>
    expect(follow(pmvText([old, next]), pmvText([next])).lines).toEqual([
      'left_public 26.1 25B78 A,B 2025-11-03',
      'left_all 26.1 25B78 A,B 2025-11-03',
    ]));

  it('a build that comes back is not added again, and may leave again', () => {
    const back = [pmvText([current]), pmvText([next], [current]), pmvText([current, next])];
    expect(follow(...back).lines).toEqual([]);
    expect(follow(...back, pmvText([next], [current])).lines).toEqual(['left_public 26.2 25C56 A,B 2025-12-12']);
    expect(follow(pmvText([current, next]), pmvText([next]), pmvText([current, next])).lines).toEqual([]);
  });

  it('a build that becomes public after it was an asset is added then', () =>
    expect(follow(pmvText([old], [current]), pmvText([current], [old])).lines).toEqual([
      'left_public 26.1 25B78 A,B 2025-11-03',
      'release_added 26.2 25C56 A,B 2025-12-12',
    ]));

  it('tells which Macs came and went, of public builds', () =>
    expect(
      follow(
        pmvText([current, asset('15.7', '24G222', 'A B')]),
        pmvText([asset('26.2', '25C56', 'B C D'), asset('15.7', '24G222')]),
      ).lines,
    ).toEqual(['devices_added 26.2 25C56 C,D 2025-12-12', 'devices_removed 26.2 25C56 A 2025-12-12']));

  it('a superseded build keeps its Macs, whatever the assets say, until they end', () => {
    const [more, gone] = [pmvText([next], [asset('26.2', '25C56', 'A B J700AP')]), pmvText([next])];
    expect(follow(pmvText([current]), more).lines).toEqual([
      'left_public 26.2 25C56 A,B 2025-12-12',
      'release_added 26.3 25D125 A,B 2026-02-11',
    ]);
    expect(follow(pmvText([current]), more, gone).lines).toEqual(['left_all 26.2 25C56 A,B,J700AP 2025-12-12']);
  });

  it('adds a security improvement once, with the build that it sits on', () => {
    const bsi = improvement('26.2', '25C771280a', '25C56');
    const text = pmvText([current], [], [bsi]);
    const parsed = parsePmv(text);
    const followed = parsed.ok && followPmv(follow(pmvText([current])).state, parsed.body);
    expect(followed && followed.ok && followed.changes).toEqual([
      {
        change: 'security_improvement_added',
        version: '26.2',
        build: '25C771280a',
        released: '2026-01-10',
        devices: ['A', 'B'],
        prerequisiteBuild: '25C56',
      },
    ]);
    expect(follow(text, text).lines).toEqual([]);
    expect(follow(text, pmvText([current]), text).lines).toEqual([]);
  });

  it('S61 the earliest date ever seen is the release date; later ones change nothing', () => {
    const later = { ...current, PostingDate: '2026-01-08' };
    expect(follow(pmvText([current]), pmvText([later])).lines).toEqual([]);
    expect(follow(pmvText([current]), pmvText([later]), pmvText([next], [later])).lines[0]).toContain('2025-12-12');
    // The assets repeat the moves of the public list 90 days later, so that they are the ones that tell.
    expect(follow(pmvText([later]), pmvText([next], [current])).lines[0]).toContain('2025-12-12');
  });

  it('X14 sees when a date moves back', () => {
    const on = (posted: string): string => pmvText([{ ...current, PostingDate: posted }]);
    const back = (...days: readonly string[]): string => datedBack(follow(...days.map(on)).state);
    expect(back('2025-12-12', '2025-12-20')).toBe('');
    expect(back('2025-12-12', '2025-11-30')).toBe('26.2 25C56 2025-11-30');
    expect(back('2025-12-12', '2025-11-30', '2025-12-12')).toBe('');
    expect(back('2025-12-12', '2025-11-30', '2025-12-12', '2025-11-30')).toBe('26.2 25C56 2025-11-30');
    const { state } = follow(on('2025-11-30'));
    expect([datedBack(state), datedBack(state, new Map([['26.2 25C56', '2025-12-12']]))]).toEqual([
      '',
      '26.2 25C56 2025-11-30',
    ]);
  });

  it('X14 a body that lost all of its assets is empty, one that never had any is not', () => {
    const bare = JSON.stringify({ PublicAssetSets: { macOS: [current] } });
    expect(follow(pmvText([current], [old]), bare).lines).toEqual(['empty /AssetSets/macOS']);
    expect(follow(pmvText([current], [old]), bare, pmvText([current], [old])).lines).toEqual([]);
    expect(follow(bare, bare).lines).toEqual([]);
    expect(follow(bare).lines).toEqual(['release_added 26.2 25C56 A,B 2025-12-12']);
  });

  it('X14 an empty body between two good ones changes nothing', () => {
    expect(follow(pmvText([current], [old]), EMPTY).lines).toEqual(['empty /PublicAssetSets/macOS']);
    expect(follow(pmvText([current], [old]), EMPTY, pmvText([current], [old])).lines).toEqual([]);
  });

  it('X14 a list that lost most of its majors at once can be told from one that lost a few; the changes are told', () => {
    const lost = (before: string, after: string): string | undefined => {
      const parsed = parsePmv(after);
      return parsed.ok ? lostMajors(follow(before).state, parsed.body)?.pointer : undefined;
    };
    const majors = ['11.7', '12.7', '13.7', '14.8'].map((version) => asset(version, '20G1'));
    const [all, two, one] = [majors, majors.slice(2), majors.slice(3)].map((open) => pmvText(open));
    expect(lost(all ?? '', one ?? '')).toBe('/PublicAssetSets/macOS');
    expect(follow(all ?? '', one ?? '').lines).toHaveLength(6);
    expect(lost(all ?? '', two ?? '')).toBeUndefined();
    const short = JSON.stringify({ PublicAssetSets: { macOS: majors }, AssetSets: { macOS: majors.slice(3) } });
    expect(lost(all ?? '', short)).toBe('/AssetSets/macOS');
  });

  it('orders by version as numbers, then build, then kind', () => {
    const open = [asset('26.10', '25K1'), asset('26.2', '25C2056'), asset('26.2', '25C56'), asset('9.1', '1A1')];
    expect(follow(pmvText(open)).lines.map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual([
      '9.1 1A1',
      '26.2 25C56',
      '26.2 25C2056',
      '26.10 25K1',
    ]);
  });

  it('trap 35: the order of lists, and of entries in them, never matters; the same body twice changes nothing', () => {
    const pool: readonly Asset[] = [old, current, next, asset('15.7', '24G222', 'C'), asset('14.8', '23J21', 'D A')];
    const subset = fc.shuffledSubarray([...pool], { minLength: 1 });
    fc.assert(
      fc.property(subset, subset, fc.shuffledSubarray([...pool]), (first, second, assets) => {
        const sorted = (list: readonly Asset[]) => pool.filter((entry) => list.includes(entry));
        const [a, b] = [pmvText(first), pmvText(second, assets)];
        const reordered = pmvText(sorted(second), sorted(assets));
        expect(follow(a, b).lines).toEqual(follow(a, reordered).lines);
        expect(follow(a, b, reordered).lines).toEqual([]);
      }),
    );
  });
});
