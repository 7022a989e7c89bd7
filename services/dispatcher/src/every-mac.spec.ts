import { describe, expect, it } from '@jest/globals';
import { ofEveryMac } from './every-mac.js';

const macs = Array.from({ length: 250 }, (_, number) => `mac-${String(number).padStart(3, '0')}`);
const page = (after: string, most: number) =>
  Promise.resolve(
    macs
      .filter((mac) => mac > after)
      .slice(0, most)
      .map((device_id) => ({ device_id })),
  );

describe('something for every Mac', () => {
  it('is done once for each', async () => {
    const done: string[] = [];
    await ofEveryMac(page, async (mac) => void done.push(mac));
    expect(done).toEqual(macs);
  });

  it('is done for the others when one fails, and told then', async () => {
    const done: string[] = [];
    const work = async (mac: string): Promise<void> => {
      if (mac === 'mac-007') throw new Error('not this one');
      done.push(mac);
    };
    await expect(ofEveryMac(page, work)).rejects.toThrow('not this one');
    expect(done).toEqual(macs.filter((mac) => mac !== 'mac-007'));
  });

  it('is nothing when there is none', async () => {
    await expect(
      ofEveryMac(
        () => Promise.resolve([]),
        () => Promise.reject(new Error('never')),
      ),
    ).resolves.toBeUndefined();
  });
});
