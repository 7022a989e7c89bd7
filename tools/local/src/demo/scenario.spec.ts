import { describe, expect, it } from '@jest/globals';
import { parseFleet } from '@managed-os/virtual-mac';
import { scenarioOf } from './scenario.js';

describe('the scenario', () => {
  const { macs, fleetFile, instants } = scenarioOf(24);
  const fleet = parseFleet(JSON.parse(JSON.stringify(fleetFile))).macs;

  it('is a fleet of 24 that the virtual Macs understand, half of it in each Blueprint', () => {
    expect(fleet.map(({ name }) => name)).toEqual(macs.map(({ name }) => name));
    expect(macs.filter(({ group }) => group === 'design')).toHaveLength(12);
  });

  it('has two Apple-silicon Macs that upgrade by row 10, and Intel Macs on the major of the item', () => {
    const upgrading = fleet.filter(({ osVersion }) => !osVersion.startsWith('12.'));
    expect(upgrading.map(({ architecture }) => architecture)).toEqual(['apple_silicon', 'apple_silicon']);
    expect(upgrading.every(({ osVersion }) => /^11\.[56]/.test(osVersion))).toBe(true);
    expect(fleet.filter(({ architecture }) => architecture === 'intel').length).toBeGreaterThan(8);
  });

  it('has one Mac without bootstrap token, on Apple silicon, and one that is not supervised: they cannot get there', () => {
    const unable = fleet.filter(({ bootstrapToken, supervised }) => !bootstrapToken || !supervised);
    expect(
      unable.map(({ architecture, bootstrapToken, supervised }) => [architecture, bootstrapToken, supervised]),
    ).toEqual([
      ['apple_silicon', false, true],
      ['intel', true, false],
    ]);
    expect(macs.filter(({ goal }) => goal === undefined).map(({ name }) => name)).toEqual(
      unable.map(({ name }) => name),
    );
  });

  it('sees 12.6 appear in mid-run', () => expect(instants).toEqual(['2022-09-12T17:00:00.000Z']));

  it('grows and shrinks without changing who is there', () => {
    expect(scenarioOf(5).macs).toEqual(macs.slice(0, 5));
    const many = scenarioOf(200);
    expect(many.macs.slice(0, 24)).toEqual(macs);
    expect(parseFleet(JSON.parse(JSON.stringify(many.fleetFile))).macs).toHaveLength(200);
    expect(new Set(many.macs.map(({ deviceId }) => deviceId)).size).toBe(200);
  });
});
