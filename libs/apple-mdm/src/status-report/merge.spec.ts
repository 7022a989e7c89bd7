import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../json/value.js';
import { enforcedReport, firstReport, reportBody } from '../testing/status-samples.js';
import { LARGEST_STATUS, mergeStatus } from './merge.js';
import { parseStatusReport } from './report.js';
import { type Status, statusItem } from './status.js';

const reports = (known: Status, items: JsonObject, full = false): Status => {
  const parsed = parseStatusReport(reportBody(items, { Errors: [], FullReport: full }));
  if (!parsed.ok) throw new Error(parsed.refusal.detail);
  return mergeStatus(known, parsed.value);
};
const both = reports(reports({}, firstReport), enforcedReport);

describe('trap 11: what is known of a Mac', () => {
  it('changes by what a report names; the rest stays', () => {
    expect(statusItem(both, 'device.operating-system.version')).toBe('26.6');
    expect(statusItem(both, 'device.model.family')).toBe('Mac');
    expect(statusItem(both, 'softwareupdate.install-state')).toBe('prepared');
    expect(statusItem(both, 'management.client-capabilities')).toBeDefined();
  });

  it('is a full report and nothing else', () => expect(reports(both, enforcedReport, true)).toEqual(enforcedReport));

  it('holds no remains of an item that was replaced', () => {
    const later = reports(both, {
      softwareupdate: {
        'failure-reason': { count: 0 },
        'pending-version': { 'os-version': '', 'build-version': '' },
        'install-reason': { reason: [] },
      },
      management: {
        declarations: { activations: [], configurations: [{ identifier: 'x' }], assets: [], management: [] },
      },
    });
    expect(later['softwareupdate']).toMatchObject({ 'install-state': 'prepared', 'device-id': 'J413AP' });
    expect(statusItem(later, 'softwareupdate.failure-reason')).toEqual({ count: 0 });
    expect(statusItem(later, 'softwareupdate.pending-version')).toEqual({ 'os-version': '', 'build-version': '' });
    expect(statusItem(later, 'softwareupdate.install-reason')).toEqual({ reason: [] });
    expect(statusItem(later, 'management.declarations.configurations')).toEqual([{ identifier: 'x' }]);
  });

  it('nor of one that only the Mac calls an item', () => {
    const first = reports(both, { test: { 'dictionary-value': { a: 1, b: 2 }, novelty: { a: 1, b: 2 } } });
    expect(reports(first, { test: { 'dictionary-value': { a: 3 }, novelty: { a: 3 } } })['test']).toEqual({
      'dictionary-value': { a: 3 },
      novelty: { a: 3, b: 2 },
    });
  });

  const apps = (...list: JsonObject[]): JsonObject => ({ mdm: { app: list } });
  const [one, two] = [
    { identifier: 'one', state: 'managed' },
    { identifier: 'two', state: 'queued' },
  ];

  it.each<[string, JsonObject, JsonObject[]]>([
    ['one is new', apps({ identifier: 'three' }), [one, two, { identifier: 'three' }]],
    ['one is other', apps({ identifier: 'one', version: '2' }), [{ identifier: 'one', version: '2' }, two]],
    ['one is gone', apps({ identifier: 'one', _removed: true }), [two]],
    ['one is gone that never was', apps({ identifier: 'x', _removed: true }), [one, two]],
    ['one is said to be there', apps({ ...two, _removed: false }), [one, { ...two, _removed: false }]],
    ['nothing is said', apps(), [one, two]],
    ['gone and back', apps({ identifier: 'one', _removed: true }, one), [one, two]],
    ['there and gone', apps(one, { identifier: 'one', _removed: true }), [two]],
  ])('a list of things with identifiers changes thing by thing: %s', (_, items, expected) =>
    expect(reports(apps(one, two), items)).toEqual({ mdm: { app: expected } }),
  );

  it('and is in the same order when a report comes twice in which one is gone and back', () => {
    const said = apps({ identifier: 'one', _removed: true }, one, two);
    expect(reports(reports({}, said), said)).toEqual(reports({}, said));
  });

  it('but is taken as it is from a full report', () => {
    expect(reports(apps(one, two), apps(two), true)).toEqual(apps(two));
    expect(reports(apps(one, two), apps(), true)).toEqual(apps());
    expect(reports({}, apps(one, { identifier: 'two', _removed: true }), true)).toEqual(apps(one));
  });

  it.each([
    [['a'], ['b'], ['b']],
    [['a'], [], []],
    [[{ key1: 'a' }], [{ key1: 'b' }], [{ key1: 'b' }]],
    [[{ identifier: 'a' }], ['b'], ['b']],
    [['a'], [{ identifier: 'b' }], [{ identifier: 'b' }]],
  ])('any other list is what the report says: %j then %j', (before, said, expected) =>
    expect(reports({ list: before }, { list: said })).toEqual({ list: expected }),
  );

  it('an item may become another kind of value', () => {
    expect(reports({ a: { b: 1 } }, { a: 'x' })).toEqual({ a: 'x' });
    expect(reports({ a: 'x' }, { a: { b: [1] } })).toEqual({ a: { b: [1] } });
    expect(reports({ a: null }, { a: [] })).toEqual({ a: [] });
  });

  it('does not grow without end', () => {
    const large = (key: string): JsonObject => ({ [key]: 'x'.repeat(LARGEST_STATUS / 2) });
    expect(reports(large('a'), { b: 1 })).toHaveProperty('b');
    expect(reports(large('a'), large('b'))).toEqual(large('b'));
  });

  it('is the same when a report comes twice (any reports)', () => {
    const thing = fc.record(
      { identifier: fc.constantFrom('a', 'b'), _removed: fc.boolean(), x: fc.nat(3) },
      { requiredKeys: [] },
    );
    const item = fc.oneof(
      fc.nat(3),
      fc.array(thing, { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('x', 'y'), fc.nat(3)),
    );
    const items = fc.dictionary(
      fc.constantFrom('a', 'softwareupdate', '__proto__'),
      fc.dictionary(fc.constantFrom('b', 'failure-reason'), item),
    );
    fc.assert(
      fc.property(items, items, fc.boolean(), (before, said, full) => {
        const [known, report] = [JSON.parse(JSON.stringify(before)), JSON.parse(JSON.stringify(said))];
        const once = reports(known, report, full);
        expect(reports(once, report, full)).toEqual(once);
        expect(known).toEqual(JSON.parse(JSON.stringify(before)));
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});
