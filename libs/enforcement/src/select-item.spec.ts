import { describe, expect, it } from '@jest/globals';
import { selectItem } from './select-item.js';
import { automatically, input, mac, release } from './testing/index.js';

const item = (os: string, mode: 'automatic' | 'do_not_manage' = 'automatic') => ({
  os,
  enforcement: mode === 'automatic' ? automatically() : ({ mode } as const),
});
const releases = [
  release('11.7', '2022-09-12'),
  release('12.6', '2022-09-12'),
  release('13.0', '2022-10-24', { supportedDevices: ['J414cAP'] }),
];
const choose = (items: readonly ReturnType<typeof item>[], osVersion = '11.6') => {
  const selection = selectItem(items, { ...input({ releases, device: mac({ osVersion }) }) });
  return selection && [selection.item.os, selection.evaluation.status, selection.superseded.map(({ os }) => os)];
};

describe('several items on one Mac (Q26)', () => {
  it('no item asks nothing', () => expect(choose([])).toBeUndefined());
  it('the highest major wins, the others are superseded', () =>
    expect(choose([item('11'), item('12')])).toEqual(['12', 'due', ['11']]));
  it('unless the hardware cannot run it', () =>
    expect(choose([item('13'), item('11'), item('12')])).toEqual(['12', 'due', ['13', '11']]));
  it('the highest is named when the hardware can run none', () =>
    expect(choose([item('13')])).toEqual(['13', 'incompatible', []]));
  it('an item that manages nothing does not hide one that does', () =>
    expect(choose([item('12', 'do_not_manage'), item('11')])).toEqual(['11', 'due', ['12']]));
  it('of two for one major the first wins', () => {
    const twins = [item('12'), item('12')];
    expect(selectItem(twins, input())?.item).toBe(twins[0]);
  });
});
