import type { JsonObject } from '../json/value.js';

/** A Mac's report as bytes. */
export const reportBody = (StatusItems: JsonObject, more: JsonObject = { Errors: [] }): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ StatusItems, ...more }));

/** What a Mac on macOS 13.3.1 (a) reports first, after declarations were turned on: capabilities and what needs no subscription. */
export const firstReport: JsonObject = {
  management: {
    declarations: { activations: [], configurations: [], assets: [], management: [] },
    'client-capabilities': {
      'supported-versions': ['1.0.0'],
      'supported-payloads': {
        declarations: {
          activations: ['com.apple.activation.simple'],
          assets: [],
          configurations: [
            'com.apple.configuration.management.status-subscriptions',
            'com.apple.configuration.management.test',
          ],
          management: ['com.apple.management.properties', 'com.apple.management.server-capabilities'],
        },
        'status-items': [
          'device.model.family',
          'device.operating-system.build-version',
          'device.operating-system.supplemental.extra-version',
          'device.operating-system.version',
          'management.client-capabilities',
          'management.declarations',
          'test.dictionary-value',
        ],
      },
      'supported-features': {},
    },
  },
  device: {
    identifier: { udid: '00006020-000A1B2C3D4E001E', 'serial-number': 'C02EXAMPLE01' },
    model: { family: 'Mac' },
    'operating-system': {
      family: 'macOS',
      'build-version': '22E261',
      supplemental: { 'extra-version': '(a)' },
      version: '13.3.1',
    },
  },
};

const declared = (identifier: string, token: string, more: JsonObject = {}): JsonObject => ({
  identifier,
  'server-token': token,
  active: true,
  valid: 'valid',
  ...more,
});

/** What a Mac on macOS 26 reports while an enforced update waits for its deadline. */
export const enforcedReport: JsonObject = {
  softwareupdate: {
    'install-state': 'prepared',
    'pending-version': {
      'os-version': '26.6.2',
      'build-version': '25G83',
      'target-local-date-time': '2026-09-10T13:00:00',
    },
    'install-reason': { reason: ['declaration'], 'declaration-id': 'enforce' },
    'failure-reason': { count: 2, reason: 'Not enough space', timestamp: '2026-09-09T13:00:00+0200' },
    'device-id': 'J413AP',
    'beta-enrollment': '',
  },
  device: {
    model: { identifier: 'Mac14,2' },
    'operating-system': { version: '26.6', 'build-version': '25G72' },
  },
  management: {
    declarations: {
      activations: [declared('enforce.activation', 't2')],
      configurations: [
        declared('enforce', 't1'),
        declared('managed-os.status', 's1', {
          valid: 'invalid',
          reasons: [
            {
              code: 'Error.ConfigurationCannotBeApplied',
              description: 'Configuration cannot be applied',
              details: { Error: 'An internal error has occurred.' },
            },
          ],
        }),
      ],
      assets: [],
      management: [declared('managed-os.server', 'm1', { active: false })],
    },
  },
};
