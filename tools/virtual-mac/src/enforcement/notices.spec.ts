import { describe, expect, it } from '@jest/globals';
import { SETTINGS } from '../declarations/schema.js';
import { at, declare, enforcing, subscribed } from '../testing/enforced-mac.js';

describe('what its user is told', () => {
  it('daily, hourly on the last day, and four times in the last hour (trap 39: nobody documents this)', async () => {
    const one = await enforcing({}, '14.6', '2024-08-05T18:00:00');
    await one.until(at('2024-08-04T17:59:00'));
    expect(one.state.notices).toBe(4);
    await one.until(at('2024-08-05T18:00:00'));
    expect(one.state.notices).toBe(5 + 23 + 3);
    expect(one.log).toContain('lab-1: tells its user that macOS 14.6 will be installed at 2024-08-05T18:00:00.000Z');
  });

  it.each([
    [false, 4],
    [true, 24 + 3],
  ])('only in the last hour when the settings of macOS 15 say so: %s', async (Notifications, notices) => {
    const one = await subscribed({ osVersion: '15.0', osBuild: '24A335' });
    await one.until(at('2026-10-01T06:00:00'));
    one.desk.activate('quiet', SETTINGS, { Notifications });
    declare(one, 'enforce', '27.0.1', '2026-10-02T06:00:00');
    await one.sync();
    await one.until(at('2026-10-02T06:00:00'));
    expect(one.state.notices).toBe(notices);
  });

  it('not while it sleeps', async () => {
    const one = await subscribed({ awake: { from: '09:00', to: '10:00' } });
    await one.until(at('2024-07-31T09:30:00'));
    declare(one, 'enforce', '14.6', '2024-08-05T18:00:00');
    await one.sync();
    await one.until(at('2024-08-05T18:00:00'));
    expect(one.state.notices).toBeLessThan(12);
    expect(one.state.notices).toBeGreaterThan(4);
  });
});
