import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ParsedPmv, parsePmv, type PmvBody } from './pmv.js';
import { samePmv } from './pmv-changes.js';
import { asset, improvement, pmvText } from './testing/pmv-text.js';

const taken = (parsed: ParsedPmv): PmvBody => {
  if (!parsed.ok) throw new Error(`${parsed.refusal.reason} at ${parsed.refusal.pointer}`);
  return parsed.body;
};
const bodyOf = (text: string): PmvBody => taken(parsePmv(text));
const refusalOf = (text: string): string => {
  const parsed = parsePmv(text);
  return parsed.ok ? 'taken' : `${parsed.refusal.reason} ${parsed.refusal.pointer}`;
};
const withAsset = (change: object): string => pmvText([{ ...asset('26.2', '25C56'), ...change }]);
const renamed = (text: string): string =>
  text.replace('PublicBackgroundSecurityImprovements', 'PublicRapidSecurityResponses');

describe('a response of Apple’s software lookup service (release-feed 2)', () => {
  it('is read in one order, whatever order it came in', () => {
    const entries = [asset('26.2', '25C56', 'B A'), asset('15.7.3', '24G419'), asset('26.10', '25K1')];
    const body = bodyOf(pmvText(entries));
    expect(body.public.map(({ version }) => version)).toEqual(['15.7.3', '26.2', '26.10']);
    expect(body.public[1]?.devices).toEqual(['A', 'B']);
    expect(bodyOf(pmvText(entries.toReversed()))).toEqual(body);
  });

  it('unites two entries of one build: all devices, the earliest date, the latest expiry', () => {
    const twice = [
      { ...asset('26.3.1', '25D2128', 'J700AP', '2026-03-04'), ExpirationDate: '2026-06-08' },
      { ...asset('26.3.1', '25D2128', 'A B', '2026-03-11'), ExpirationDate: '2026-06-22' },
    ];
    const body = bodyOf(pmvText([asset('26.4', '25E246')], twice));
    expect(body.assets[0]).toEqual({
      version: '26.3.1',
      build: '25D2128',
      posted: '2026-03-04',
      expires: '2026-06-22',
      devices: ['A', 'B', 'J700AP'],
    });
    expect(body).toEqual(bodyOf(pmvText([asset('26.4', '25E246')], twice.toReversed())));
  });

  it('knows the security improvements by both names', () => {
    const text = pmvText([asset('26.3.1', '25D2128')], [], [improvement('26.3.1', '25D771280a', '25D2128')]);
    const [bsi] = bodyOf(text).improvements;
    expect(bsi).toMatchObject({ kind: 'bsi', build: '25D771280a', versionExtra: '(a)', prerequisiteBuild: '25D2128' });
    expect(bodyOf(renamed(text)).improvements).toEqual([{ ...bsi, kind: 'rsr' }]);
  });

  it.each([
    ['Build, as in the years before it was listed', { Build: undefined }, { build: null }],
    ['PostingDate', { PostingDate: undefined }, { posted: null }],
    ['ExpirationDate', { ExpirationDate: undefined }, { expires: null }],
    ['an ExpirationDate that is none', { ExpirationDate: 7 }, { expires: null }],
    ['SupportedDevices', { SupportedDevices: undefined }, { devices: [] }],
  ])('does without %s', (_, change, expected) => expect(bodyOf(withAsset(change)).public[0]).toMatchObject(expected));

  it.each([
    ['the empty body of 2025-05-21', '{"PublicAssetSets":{},"AssetSets":{},"PublicRapidSecurityResponses":{}}'],
    ['a body without any list', '{}'],
    ['a body without a public list', JSON.stringify({ AssetSets: { macOS: [asset('26.2', '25C56')] } })],
    ['lists of other platforms', '{"PublicAssetSets":{"iOS":[{"ProductVersion":"19"}]}}'],
    ['an empty public list', '{"PublicAssetSets":{"macOS":[]}}'],
    ['nulls', '{"PublicAssetSets":null,"AssetSets":{"macOS":null}}'],
  ])('X14 refuses %s as empty', (_, text) => expect(refusalOf(text)).toBe('empty /PublicAssetSets/macOS'));

  it.each([
    ['', 'empty '],
    [' \n', 'empty '],
    [pmvText([asset('26.2', '25C56')]).slice(0, 80), 'truncated '],
    ['{"PublicAssetSets', 'truncated '],
    ['{"PublicAssetSets":{"macOS":[{"ProductVersion":"2\\"', 'truncated '],
    ['<html>Service Unavailable</html>', 'malformed '],
    ['{"PublicAssetSets":{}}}', 'malformed '],
    ['[]', 'malformed '],
    ['"text"', 'malformed '],
    ['null', 'malformed '],
    ['{"PublicAssetSets":[]}', 'malformed /PublicAssetSets'],
    ['{"PublicAssetSets":{"macOS":{}}}', 'malformed /PublicAssetSets/macOS'],
    ['{"PublicAssetSets":{"macOS":[7]}}', 'malformed /PublicAssetSets/macOS/0'],
    [withAsset({ ProductVersion: undefined }), 'malformed /PublicAssetSets/macOS/0/ProductVersion'],
    [withAsset({ ProductVersion: 'Unknown' }), 'malformed /PublicAssetSets/macOS/0/ProductVersion'],
    [withAsset({ Build: 25 }), 'malformed /PublicAssetSets/macOS/0/Build'],
    [withAsset({ PostingDate: '2026-02-31' }), 'malformed /PublicAssetSets/macOS/0/PostingDate'],
    [withAsset({ SupportedDevices: 'J700AP' }), 'malformed /PublicAssetSets/macOS/0/SupportedDevices'],
    [withAsset({ SupportedDevices: ['A', null] }), 'malformed /PublicAssetSets/macOS/0/SupportedDevices/1'],
    [withAsset({ SupportedDevices: ['\ud800'] }), 'malformed /PublicAssetSets/macOS/0/SupportedDevices/0'],
  ])('X14 refuses %j as %s', (text, expected) => expect(refusalOf(text)).toBe(expected));

  it('X14 refuses what is too large, unread', () => {
    const text = pmvText([asset('26.2', '25C56')]);
    expect(parsePmv(text, text.length).ok).toBe(true);
    expect(parsePmv(text, text.length - 1)).toEqual({ ok: false, refusal: { reason: 'too_large', pointer: '' } });
  });

  it('trap 15, trap 16: says the same when only expiry and posting dates move', () => {
    const [before, after] = ['2026-04-10', '2026-04-11'].map((ExpirationDate, day) =>
      bodyOf(withAsset({ ExpirationDate, PostingDate: `2026-01-1${day}` })),
    );
    expect(before && after && samePmv(before, after)).toBe(true);
    expect(before && samePmv(before, bodyOf(withAsset({ SupportedDevices: ['A'] })))).toBe(false);
  });

  it('is total: no text makes it throw, and a cut-off body is never taken', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parsePmv(text).ok === 'boolean'));
    fc.assert(fc.property(fc.json(), (text) => typeof parsePmv(text).ok === 'boolean'));
    const whole = pmvText([asset('26.2', '25C56')], [asset('26.1', '25B78')]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: whole.length - 1 }), (length) => {
        expect(refusalOf(whole.slice(0, length))).toBe('truncated ');
      }),
    );
    const anyEntry = fc.record({
      ProductVersion: fc.anything(),
      Build: fc.anything(),
      PostingDate: fc.anything(),
      SupportedDevices: fc.anything(),
    });
    fc.assert(
      fc.property(fc.array(anyEntry), (macOS) => {
        const text = JSON.stringify({ PublicAssetSets: { macOS } }, (_, v: unknown) => (typeof v === 'bigint' ? 0 : v));
        expect(typeof parsePmv(text).ok).toBe('boolean');
      }),
    );
  });
});
