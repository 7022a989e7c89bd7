import type { DeclarationContent } from './declaration.js';

/** What the activation of a configuration is called. */
export const activationOf = (configuration: string): string => `${configuration}.activation`;

/**
 * What puts a configuration into force: nothing does what no activation names (trap 8). Each gets its own, because Apple
 * contradicts itself on whether one that fails takes the others of its activation along.
 */
export const activation = (configuration: string): DeclarationContent => ({
  type: 'com.apple.activation.simple',
  identifier: activationOf(configuration),
  payload: { StandardConfigurations: [configuration] },
});
