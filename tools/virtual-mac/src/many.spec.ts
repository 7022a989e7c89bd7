import { afterEach, describe, expect, it } from '@jest/globals';
import { parseFleet } from './parse-fleet.js';
import { resizeFleet } from './resize-fleet.js';
import { Desk } from './testing/desk.js';
import { Running } from './testing/running.js';

const COUNT = 2_000;
const mac = {
  name: 'lab',
  serial: 'C02A',
  model: 'MacBookPro18,3',
  softwareUpdateDeviceId: 'J314sAP',
  architecture: 'apple_silicon',
  osVersion: '12.4',
  osBuild: '21F79',
};

let running: Running | undefined;
afterEach(() => running?.stop());

describe('X16 thousands in one process', () => {
  it(`${COUNT} Macs enroll and are idle`, async () => {
    const fleet = parseFleet(resizeFleet({ macs: [mac] }, COUNT));
    const desk = new Desk(undefined);
    running = await Running.start(fleet, desk.answer);
    await running.pass(2);
    expect(desk.tokens.size).toBe(COUNT);
    expect(running.macs.macs().every((one) => one.enrollment === 'enrolled' && one.defectCount === 0)).toBe(true);
    running.heard();
    await running.pass(24 * 60, 60);
    expect(running.heard()).toEqual([]);
    expect(await running.push(1_234)).toBe(200);
    expect(running.heard()).toEqual(['Idle']);
  }, 120_000);
});
