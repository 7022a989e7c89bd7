import { describe, expect, it } from '@jest/globals';
import { Lanes } from './lanes.js';

const gate = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
};

describe('lanes', () => {
  it('keep order within a lane while others go on', async () => {
    const lanes = new Lanes(4);
    const seen: string[] = [];
    const slow = gate();
    lanes.add('a', async () => {
      await slow.opened;
      seen.push('a1');
    });
    lanes.add('a', async () => void seen.push('a2'));
    lanes.add('b', async () => void seen.push('b1'));
    await Promise.resolve();
    await Promise.resolve();
    expect(seen).toEqual(['b1']);
    slow.open();
    await lanes.idle();
    expect(seen).toEqual(['b1', 'a1', 'a2']);
  });

  it('run no more than so many at once, and every lane in its turn', async () => {
    const lanes = new Lanes(2);
    let [now, most] = [0, 0];
    const seen: string[] = [];
    for (let n = 0; n < 3; n++) {
      for (const lane of ['a', 'b', 'c', 'd']) {
        lanes.add(lane, async () => {
          now += 1;
          most = Math.max(most, now);
          await Promise.resolve();
          seen.push(lane);
          now -= 1;
        });
      }
    }
    await lanes.idle();
    expect(most).toBe(2);
    expect(seen.slice(0, 4).toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(seen).toHaveLength(12);
  });

  it('give a resting lane’s place to others, and keep its order', async () => {
    const lanes = new Lanes(1);
    const seen: string[] = [];
    const wait = gate();
    lanes.add('a', async (rest) => {
      seen.push('a1 begins');
      await rest(() => wait.opened);
      seen.push('a1 ends');
    });
    lanes.add('a', async () => void seen.push('a2'));
    lanes.add('b', async () => {
      seen.push('b1');
      wait.open();
    });
    await lanes.idle();
    expect(seen).toEqual(['a1 begins', 'b1', 'a1 ends', 'a2']);
  });

  it('are idle at once when there is nothing', async () => {
    await new Lanes(1).idle();
  });
});
