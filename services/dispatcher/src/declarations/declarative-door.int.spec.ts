import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { declaring, type Items } from '../testing/declaring.js';
import { Fixture } from '../testing/fixture.js';
import { string } from '../testing/test-mac.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.close());
const { requested, configurationsOf, declaredMac } = declaring(() => fixture);

describe('the door', () => {
  it.each([
    'declaration/configuration/managed-os.nothing',
    'declaration/activation/managed-os.status',
    'declaration/asset/x/y',
    'declaration/thing/managed-os.status',
    'somewhere',
  ])('answers %s with 404 and nothing else (trap 7)', async (endpoint) => {
    const mac = await declaredMac();
    expect((await mac.declarative(endpoint)).status).toBe(404);
  });

  it('answers in JSON, and a report that is none with 400', async () => {
    const mac = await declaredMac();
    expect((await mac.declarative('declaration/configuration/managed-os.status')).type).toMatch(/^application\/json/);
    expect((await mac.declarative('status')).status).toBe(400);
  });

  it('a user has no declarations, and what is reported of one is not the Mac', async () => {
    const mac = await declaredMac();
    await requested(mac);
    const user = string('UserID', '7F0A');
    const items = JSON.parse((await mac.declarative('declaration-items', undefined, user)).text) as Items;
    expect(items.Declarations['Configurations']).toEqual([]);
    const tokens = await mac.declarative('tokens', undefined, user);
    expect(tokens.text).toContain(items.DeclarationsToken);
    expect((await mac.declarative('declaration/configuration/managed-os.status', undefined, user)).status).toBe(404);
    const status = { StatusItems: { device: { 'operating-system': { version: '15.9' } } } };
    expect(await mac.declarative('status', status, user)).toMatchObject({ status: 200, text: '' });
    expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ osVersion: '15.1' });
  });

  it('a Mac that nothing is known of is refused; one that left has an empty set', async () => {
    expect((await fixture.mac('15.1').declarative('tokens')).status).toBe(403);
    const mac = await declaredMac();
    await mac.checkin('CheckOut');
    expect(await configurationsOf(mac)).toEqual([]);
    expect((await mac.reportCapabilities()).status).toBe(200);
    expect(await configurationsOf(mac)).toEqual([]);
  });
});
