import fc from 'fast-check';
import { compareBuilds, compareVersions, isBelow, majorOf, parseVersion } from './version.js';

describe('versions of macOS', () => {
  it.each([
    ['10.15.7', [10, 15, 7]],
    ['11.4', [11, 4, 0]],
    ['26', [26, 0, 0]],
    ['26.3.1 (a)', [26, 3, 1]],
    ['', undefined],
    ['12.x', undefined],
    ['1.2.3.4', undefined],
    ['-1', undefined],
  ])('reads %j', (text, parts) => expect(parseVersion(text)).toEqual(parts));

  it.each([
    ['10.13', '10.13'],
    ['10.15.7', '10.15'],
    ['11.0.1', '11'],
    ['26.7.1', '26'],
  ])('S39 %s is of the major %s: before 11 two numbers are the major', (version, major) =>
    expect(majorOf(version)).toBe(major),
  );

  it.each([
    ['26.9', '26.10'],
    ['11.3.1', '11.4'],
    ['10.15.7', '11.0'],
    ['9.9', '10.0'],
  ])('trap 32: orders by number, not by text: %s < %s', (a, b) => expect(isBelow(a, b)).toBe(true));

  it('takes missing parts as 0', () => expect(compareVersions('11.4', '11.4.0')).toBe(0));

  it('refuses what is no version', () =>
    expect(() => compareVersions('12', 'latest')).toThrow('not a macOS version: "latest"'));

  it.each([
    ['21G72', '21G83'],
    ['25A362', '25A8364'],
    ['9A1', '10A1'],
    ['25D2128', '25D771280a'],
    ['22F770820b', '22F770820d'],
    ['20G', '20G1'],
  ])('orders builds by their parts: %s < %s', (a, b) => expect(compareBuilds(a, b)).toBeLessThan(0));

  it('is a total order', () => {
    const version = fc.tuple(fc.nat(30), fc.nat(20), fc.nat(20)).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)));
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
