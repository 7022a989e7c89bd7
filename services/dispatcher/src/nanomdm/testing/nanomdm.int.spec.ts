import { describe, it } from '@jest/globals';
import { FakeNanomdm } from './fake-nanomdm.js';
import { nanomdmContract } from './nanomdm.contract.js';
import { startNanomdm } from './real-nanomdm.js';

const { NANOMDM_BIN } = process.env;

describe('the stand-in for NanoMDM', () => {
  nanomdmContract((flags) => FakeNanomdm.start(flags));
});

if (NANOMDM_BIN === undefined) {
  it.skip('NanoMDM itself: NANOMDM_BIN names no binary of it, so that only its stand-in was asked', () => undefined);
} else {
  describe('NanoMDM', () => {
    nanomdmContract((flags) => startNanomdm(NANOMDM_BIN, flags));
  });
}
