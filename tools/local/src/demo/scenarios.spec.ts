import { describe, expect, it } from '@jest/globals';
import { compareVersions } from '@managed-os/kernel';
import { parseFleet } from '@managed-os/virtual-mac';
import { SCENARIOS } from './scenarios.js';
import { MACOS_27 } from './scenarios/macos-27.js';
import { MAIN_JOB } from './scenarios/main-job.js';
import { type Staging, staged } from './staging.js';

const fleetOf = ({ fleetFile }: Staging) => parseFleet(JSON.parse(JSON.stringify(fleetFile))).macs;

describe.each(SCENARIOS)('the scenario $name', (scenario) => {
  const staging = staged(scenario);
  const fleet = fleetOf(staging);

  it('is a fleet that the virtual Macs understand, everybody in a Blueprint whose items there are', () => {
    expect(fleet.map(({ name }) => name)).toEqual(staging.macs.map(({ name }) => name));
    const items = Object.values(scenario.groups).flatMap((group) => group.items);
    expect(new Set(items)).toEqual(new Set(Object.keys(scenario.items)));
  });

  it('ends with the newest release that each Mac installs, which leads upwards from where it begins', () => {
    for (const [index, { ends }] of staging.macs.entries()) {
      const path = [fleet[index]?.osVersion ?? '', ...(ends?.installs ?? [])];
      expect(path).toEqual(path.toSorted(compareVersions));
      if (ends) expect(compareVersions(path.at(-1) ?? '', ends.goal)).toBeGreaterThanOrEqual(0);
    }
  });

  it('grows and shrinks without changing who is there', () => {
    expect(staged(scenario, 5).macs).toEqual(staging.macs.slice(0, 5));
    const many = staged(scenario, 200);
    expect(many.macs.slice(0, staging.macs.length)).toEqual(staging.macs);
    expect(fleetOf(many)).toHaveLength(200);
    expect(new Set(many.macs.map(({ deviceId }) => deviceId)).size).toBe(200);
  });
});

it('no two scenarios have one name', () =>
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length));

describe('the main job', () => {
  const staging = staged(MAIN_JOB);
  const { macs, instants } = staging;
  const fleet = fleetOf(staging);

  it('has 24 Macs, half of them in each Blueprint', () => {
    expect(macs).toHaveLength(24);
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
    expect(macs.filter(({ ends }) => ends === undefined).map(({ name }) => name)).toEqual(
      unable.map(({ name }) => name),
    );
  });

  it('sees 12.6 appear in mid-run', () => expect(instants).toEqual(['2022-09-12T17:00:00.000Z']));
});

describe('the scenario of macOS 27', () => {
  const staging = staged(MACOS_27);
  const fleet = fleetOf(staging);

  it('has Macs with Apple silicon of every major from 11.4 on, and they all end at 27.0.1 when they are supervised and have a token or a user', () => {
    const silicon = fleet.filter(({ architecture }) => architecture === 'apple_silicon');
    const majors = new Set(silicon.map(({ osVersion }) => osVersion.split('.')[0]));
    expect([...majors].toSorted()).toEqual(['11', '12', '13', '14', '15', '26', '27']);
    const able = silicon.filter(
      ({ supervised, bootstrapToken, user }) =>
        supervised && (bootstrapToken || user.authorizesAfterHours !== undefined),
    );
    const goals = staging.macs.filter(({ ends }) => ends?.goal === '27.0.1').map(({ name }) => name);
    expect(goals).toEqual(able.map(({ name }) => name));
  });

  it('offers Intel Macs nothing that their hardware cannot run', () => {
    const offered = fleet
      .filter(({ architecture }) => architecture === 'intel')
      .flatMap(({ releases }) => releases.map(({ version }) => version));
    expect(offered.filter((version) => version.startsWith('27.'))).toEqual([]);
  });

  it('sees the releases of 28 September appear, and a Mac enroll again', () =>
    expect(staging.instants).toEqual(['2026-09-28T17:00:00.000Z', '2026-09-25T09:00:00.000Z']));
});
