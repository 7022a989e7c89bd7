import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SETTINGS } from '@managed-os/device-update';
import { InvalidConfig, parseConfig } from '@managed-os/service-host';
import { ProgressConfig, settingsOf } from './config.js';

const env = { DATABASE_URL: 'postgres://x', NATS_URL: 'nats://x' };

describe('settings of section 8', () => {
  it('are the specification’s unless told otherwise', () =>
    expect(settingsOf(parseConfig(ProgressConfig, env))).toEqual(DEFAULT_SETTINGS));

  it('Q12 the number of stuck tries can be set from 2 to 10', () => {
    expect(settingsOf(parseConfig(ProgressConfig, { ...env, STALLED_TRIES: '5' })).stalledTries).toBe(5);
    expect(() => parseConfig(ProgressConfig, { ...env, STALLED_TRIES: '1' })).toThrow(InvalidConfig);
  });
});
