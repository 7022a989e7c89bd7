import { describe, expect, it } from '@jest/globals';
import { envelopeOf } from '@managed-os/contracts/testing';
import { automatically, release } from '@managed-os/enforcement/testing';
import { at } from '../testing/looked.js';
import { play } from '../testing/play.js';
import { historyOf } from './history.js';

describe('what a Mac ever owed', () => {
  it('X7 opened by what and when, moved from when to when, discharged by what, and which one makes the deadline', () => {
    const mac = play();
    const releases = [release('12.5', '2022-06-01'), release('12.6', '2022-06-10')];
    const enforcement = automatically({ clock: { zone: 'UTC' } });
    mac.look({ releases: releases.slice(0, 1), enforcement, now: '2022-06-02T09:00Z' });
    mac.look({ releases, enforcement, now: '2022-06-10T09:00Z' });
    mac.look({ releases, enforcement: { ...enforcement, window: 'P1M' }, revision: 2, now: '2022-06-11T09:00Z' });
    mac.look({ releases, enforcement: { ...enforcement, window: 'P1M' }, revision: 2, device: { osVersion: '12.5' } });
    const envelopes = mac.history.map((data, index) =>
      envelopeOf(data, {
        id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
        time: at('2022-06-11T10:00Z'),
      }),
    );
    expect(historyOf(envelopes)).toEqual([
      expect.objectContaining({
        ...{ version: '12.5', openedBy: '12.5', deadline: '2022-07-01T14:00:00.000Z', binding: false },
        moves: [
          {
            at: at('2022-06-11T10:00Z'),
            from: '2022-06-15T14:00:00.000Z',
            to: '2022-07-01T14:00:00.000Z',
            because: 'policy',
          },
        ],
        ...{ closedAt: at('2022-06-11T10:00Z'), outcome: 'discharged', observedVersion: '12.5' },
      }),
      expect.objectContaining({ version: '12.6', outcome: null, closedAt: null, binding: true }),
    ]);
  });

  it('is empty for a Mac that never owed anything', () => expect(historyOf([])).toEqual([]));
});
