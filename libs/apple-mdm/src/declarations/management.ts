import type { DeclarationContent } from './declaration.js';

/** What predicates may look at as `@property(key)`, and status reports do not repeat. */
export const managementProperties = (
  identifier: string,
  values: Readonly<Record<string, string | number | boolean>>,
): DeclarationContent => ({ type: 'com.apple.management.properties', identifier, payload: values });

/** That this server speaks version 1 of the protocol, without optional features. */
export const serverCapabilities = (identifier: string): DeclarationContent => ({
  type: 'com.apple.management.server-capabilities',
  identifier,
  payload: { Version: '1.0.0', SupportedFeatures: {} },
});
