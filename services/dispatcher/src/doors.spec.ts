import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '@managed-os/service-host';
import { DispatcherConfig } from './config.js';
import { doorsOf } from './doors.js';
import { MacDoorModule } from './enrollment/mac-door.module.js';
import { NanomdmModule } from './nanomdm/nanomdm.module.js';

const REQUIRED = {
  DATABASE_URL: 'postgres://localhost/x',
  MIGRATION_DATABASE_URL: 'postgres://localhost/x',
  NATS_URL: 'nats://localhost',
  LOCAL_TOKEN: 'token-of-a-test-run',
  PREVIEW_KEY: Buffer.alloc(32).toString('base64'),
  BOOTSTRAP_TOKEN_KEY: Buffer.alloc(32).toString('base64'),
};
const BESIDE = {
  DISPATCHER_MODE: 'nanomdm',
  NANOMDM_URL: 'https://nanomdm.example.org',
  NANOMDM_API_KEY: 'key',
  NANOMDM_HMAC_KEY: 'sixteen characters',
};
const doors = (env: Readonly<Record<string, string | undefined>>) =>
  doorsOf(parseConfig(DispatcherConfig, { ...REQUIRED, ...env }));

describe('who comes in', () => {
  it('is Macs, unless a NanoMDM is named', () => {
    expect(doors({})).toBe(MacDoorModule);
    expect(doors(BESIDE)).toBe(NanomdmModule);
  });

  it.each([
    ['another mode', { DISPATCHER_MODE: 'both' }, /DISPATCHER_MODE must be direct or nanomdm/],
    ['no address', { ...BESIDE, NANOMDM_URL: undefined }, /NANOMDM_URL must be/],
    ['no key of its API', { ...BESIDE, NANOMDM_API_KEY: undefined }, /NANOMDM_API_KEY must be/],
    ['no key of its signatures', { ...BESIDE, NANOMDM_HMAC_KEY: 'short' }, /NANOMDM_HMAC_KEY must have 16/],
    [
      'our push beside its own',
      { ...BESIDE, PUSH_URL: 'http://x' },
      /PUSH_URL does not go with DISPATCHER_MODE=nanomdm/,
    ],
    ['our profile beside its own', { ...BESIDE, ENROLLMENT_CA_FILE: 'x' }, /ENROLLMENT_CA_FILE does not go with/],
    [
      'its settings without it',
      { NANOMDM_URL: BESIDE.NANOMDM_URL },
      /NANOMDM_URL does not go with DISPATCHER_MODE=direct/,
    ],
  ])('%s is refused, by the name of the setting', (_, env, message) => expect(() => doors(env)).toThrow(message));
});
