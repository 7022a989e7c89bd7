import { realTime } from '@managed-os/kernel';
import { eventually } from '@managed-os/kernel/testing';
import { createLogger } from './logger.js';
import { Loops } from './loops.js';

const loops = (): Loops =>
  new Loops({ ...realTime, sleep: (_millis, signal) => realTime.sleep(1, signal) }, createLogger('test', 'silent'));

describe('loops', () => {
  it('begin only when the service listens, and stop when it stops', async () => {
    const all = loops();
    let running = 0;
    all.run('one', async (signal) => {
      running += 1;
      await realTime.sleep(60_000, signal);
      running -= 1;
    });
    await realTime.sleep(5);
    expect(running).toBe(0);
    all.start();
    await eventually(() => running === 1);
    await all.stop();
    expect(running).toBe(0);
  });

  it('run again after a failure', async () => {
    const all = loops();
    let runs = 0;
    all.run('stumbling', async (signal) => {
      runs += 1;
      if (runs < 3) throw new Error('stumbled');
      await realTime.sleep(60_000, signal);
    });
    all.start();
    await eventually(() => runs === 3);
    await all.stop();
  });
});
