import { describe, expect, it } from '@jest/globals';
import { at, declare, subscribed } from './testing/enforced-mac.js';

describe('Power Nap (1.5)', () => {
  const lid = { awake: { from: '08:00', to: '17:00' }, powerNap: true };

  it('on battery puts everything off, and the Mac comes back by itself when it wakes', async () => {
    const one = await subscribed({ ...lid, battery: { pluggedIn: 'never', level: 0.9 } });
    await one.until(at('2024-07-31T20:00:00'));
    one.desk.heard.splice(0);
    declare(one, 'enforce', '14.6', '2024-08-05T18:00:00');
    await one.sync();
    expect(one.desk.heard.map((message) => message['Status'])).toEqual(['Idle', 'NotNow']);
    await one.until(at('2024-08-01T07:59:59'));
    expect(one.desk.heard).toHaveLength(2);
    await one.until(at('2024-08-01T08:00:00'));
    expect(one.desk.heard.slice(2).map((message) => message['Status'])).toEqual(['Idle', 'Acknowledged']);
  });

  it('on mains takes commands, and syncs when it wakes', async () => {
    const one = await subscribed(lid);
    await one.until(at('2024-07-31T20:00:00'));
    one.desk.heard.splice(0);
    one.desk.asked.splice(0);
    await one.sync();
    expect(one.desk.heard.map((message) => message['Status'])).toEqual(['Idle', 'Acknowledged']);
    expect(one.desk.asked).toEqual([]);
    await one.until(at('2024-08-01T08:00:00'));
    expect(one.desk.asked[0]).toBe('declaration-items');
  });

  it('without it a sleeping Mac says nothing', async () => {
    const one = await subscribed({ ...lid, powerNap: false });
    await one.until(at('2024-07-31T20:00:00'));
    one.desk.heard.splice(0);
    await one.sync();
    expect(one.desk.heard).toEqual([]);
  });
});
