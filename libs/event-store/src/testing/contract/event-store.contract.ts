import { afterEach, beforeEach, describe } from '@jest/globals';
import { exactlyOnce } from './exactly-once.js';
import type { OpenedStore, OpenStore } from './given.js';
import { loading } from './loading.js';
import { order } from './order.js';
import { outcomes } from './outcomes.js';
import { refusals } from './refusals.js';

export type { OpenedStore, OpenStore };

/** What every event store promises. A behaviour that is not here is not promised. Each test opens a store of its own. */
export const eventStoreContract = (open: OpenStore): void => {
  let current: OpenedStore | undefined;
  const opened = (): OpenedStore => {
    if (!current) throw new Error('no store is open');
    return current;
  };
  beforeEach(async () => {
    current = await open();
  });
  afterEach(async () => {
    await current?.close();
    current = undefined;
  });
  describe('outcomes', () => outcomes(opened));
  describe('exactly once', () => exactlyOnce(opened));
  describe('order and time', () => order(opened));
  describe('refusals', () => refusals(opened));
  describe('loading', () => loading(opened));
};
