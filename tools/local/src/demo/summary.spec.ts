import { describe, expect, it } from '@jest/globals';
import type { Device } from './api.js';
import type { StagedMac } from './staging.js';
import { summaryOf } from './summary.js';
import { tableOf } from './table.js';

const ends = { goal: '12.5.1', installs: ['12.6'] };
const able: StagedMac = { name: 'design-01', serial: 'VM1', deviceId: 'a', group: 'design', ends };
const unable: StagedMac = { name: 'design-02', serial: 'VM2', deviceId: 'b', group: 'design', ends: undefined };

const device = (changed: Partial<Device>): Device => ({
  ...{ id: 'a', name: 'design-01', osVersion: '12.6', status: 'compliant', reason: null, stage: null, target: null },
  ...{ deadline: null, deadlineLocal: null, zone: null, overdue: false, next: null, nextAt: null },
  ...changed,
});
const blocked = device({
  id: 'b',
  osVersion: '12.4',
  status: 'blocked',
  reason: 'bootstrap_token_missing',
  next: 'No token, no update.',
  target: '12.6',
});
const noFaults = { pushes: 1, answered: {}, defectCount: 0, defects: [] };
const counted = (first: readonly string[], second: readonly string[] = []): Parameters<typeof summaryOf>[2] => ({
  macs: [
    { serial: 'VM1', version: '12.6', ...installed(first), ...noFaults },
    { serial: 'VM2', version: '12.4', ...installed(second), ...noFaults },
  ],
});
const installed = (versions: readonly string[]) => ({
  installs: versions.length,
  history: versions.map((version) => ({ version })),
});
const faulty: Parameters<typeof summaryOf>[2] = {
  macs: counted(['12.6']).macs.map((mac) => ({
    ...mac,
    defectCount: 1,
    defects: [{ kind: 'unauthorized', detail: '401' }],
  })),
};
const seen = (...devices: readonly Device[]): ReadonlyMap<string, Device> => new Map(devices.map((d) => [d.id, d]));

describe('the closing summary', () => {
  it('is good when everybody who can be there is, by the installs that were expected, and says why the rest is not', () => {
    const { good, lines } = summaryOf([able, unable], seen(device({}), blocked), counted(['12.6']));
    expect(good).toBe(true);
    expect(lines[0]).toBe('1 of 2 Macs are there, as many as can be.');
    expect(lines[1]).toMatch(
      /not there: design-02 \(macOS 12\.4\), blocked: bootstrap token missing\. No token, no update\.$/,
    );
    expect(lines[2]).toBe('Installs as the Macs counted them: 1 Mac with 1 install, 1 Mac with 0 installs.');
  });

  it.each([
    ['a second install', seen(device({}), blocked), counted(['12.6', '12.6'])],
    ['a version on the way that was not expected', seen(device({}), blocked), counted(['12.5.1', '12.6'])],
    ['no count at all', seen(device({}), blocked), { macs: [] }],
    ['an install of a Mac that should have none', seen(device({}), blocked), counted(['12.6'], ['12.6'])],
    ['a version that is too old', seen(device({ osVersion: '12.5' }), blocked), counted(['12.6'])],
    ['a Mac that nobody saw', seen(blocked), counted(['12.6'])],
    ['a fault that a Mac found', seen(device({}), blocked), faulty],
    ['a Mac that is not compliant', seen(device({ status: 'due', stage: 'verifying' }), blocked), counted(['12.6'])],
  ])('is not good with %s', (_, devices, counts) =>
    expect(summaryOf([able, unable], devices, counts).good).toBe(false),
  );
});

describe('the table', () => {
  const due = device({
    ...{ osVersion: '12.4', status: 'due', stage: 'caching', target: '12.6', overdue: true },
    ...{ deadlineLocal: '2022-09-16T14:00:00', zone: 'America/New_York', nextAt: '2022-09-12T17:20:00.000Z' },
    next: 'The Mac downloads macOS 12.6 (43 %); it is installed after the deadline.',
  });

  it('shows Mac, version, target, state, deadline in its zone and what happens next', () => {
    const [, first, second] = tableOf([unable, able], seen(due));
    expect(first).toMatch(/^design-01 +12\.4 +12\.6 +caching +16 Sep 14:00 New York +downloads macOS 12\.6 \(43 %\)$/);
    expect(second).toMatch(/^design-02 +enrolling$/);
  });

  it.each([
    ['waiting', /nothing before 12 Sep 13:20$/],
    ['waiting_for_apple', /waiting for Apple .* is asked again 12 Sep 13:20$/],
    ['failed', /tries again 12 Sep 13:20$/],
  ])('tells the time of what comes after %s on the clock of the deadline', (stage, expected) =>
    expect(tableOf([able], seen({ ...due, stage }))[1]).toMatch(expected),
  );

  it('fits the terminal: the last cell gives way, and colours take no room', () => {
    const coloured = tableOf([unable, able], seen(due, blocked), 78, (text, tone) =>
      tone === 'bad' ? `<${text}>` : text,
    );
    expect(coloured[1]).toMatch(/<16 Sep 14:00 New York>  downloads macOS 1…$/);
    expect(coloured[2]).toMatch(/<blocked> +bootstrap token m…$/);
    expect(coloured.map((line) => line.replaceAll(/[<>]/g, '').length).every((length) => length <= 78)).toBe(true);
  });
});
