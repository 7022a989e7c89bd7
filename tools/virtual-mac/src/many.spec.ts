import { afterEach, describe, expect, it } from '@jest/globals';
import { parseFleet } from './parse-fleet.js';
import { resizeFleet } from './resize-fleet.js';
import { ENFORCEMENT } from './declarations/schema.js';
import { DeclarationsDesk } from './testing/declarations-desk.js';
import { Desk } from './testing/desk.js';
import { Running } from './testing/running.js';
import { commandBody } from './testing/tiny-mdm-server.js';

const COUNT = 2_000;
const FEW = 100;
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
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

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

  it(`${FEW} Macs obey one declaration, each once and each on its own clock`, async () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo'];
    const macs = zones.map((zone) => ({
      ...mac,
      name: zone,
      serial: `C02${zone.slice(0, 2)}`,
      osVersion: '14.5',
      osBuild: '23F79',
      zone,
    }));
    const releases = [{ version: '14.6', build: '23G80', released: '2022-07-29T17:00:00Z', sizeMb: 2500 }];
    const fleet = parseFleet(resizeFleet({ releases, macs }, FEW));
    const desk = new DeclarationsDesk().activate('enforce', ENFORCEMENT, {
      TargetOSVersion: '14.6',
      TargetLocalDateTime: '2022-09-11T12:00:00',
    });
    const announced = { RequestType: 'DeclarativeManagement', Data: Buffer.from(JSON.stringify(desk.syncTokens())) };
    running = await Running.start(fleet, (heard) =>
      heard.message['Status'] === 'Idle' ? { status: 200, body: commandBody('dm', announced) } : desk.answer(heard),
    );
    await running.pass(2);
    for (let index = 0; index < FEW; index++) await running.push(index);
    await running.pass(36 * 60, 30);
    const all = running.macs.macs();
    expect(all.filter(({ installs, version }) => installs === 1 && version === '14.6')).toHaveLength(FEW);
    expect(all.every(({ defectCount }) => defectCount === 0)).toBe(true);
    const hours = new Set(all.map(({ history }) => history[0]?.requestedAt.slice(11, 13)));
    expect([...hours].toSorted()).toEqual(['03', '10', '12', '16']);
  }, 120_000);
});
