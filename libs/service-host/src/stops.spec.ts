import { createLogger } from './logger.js';
import { Stops } from './stops.js';

describe('what was started', () => {
  it('is stopped from the end, once, whatever fails on the way', async () => {
    const order: string[] = [];
    const stops = new Stops(createLogger('test', 'silent'));
    for (const what of ['database', 'bus', 'http'])
      stops.add(what, async () => {
        await Promise.resolve();
        order.push(what);
        if (what === 'bus') throw new Error('no answer');
      });
    await stops.all();
    await stops.all();
    expect(order).toEqual(['http', 'bus', 'database']);
  });
});
