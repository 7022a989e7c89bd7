/** `Blueprints`: their changes and their list. */
export const BLUEPRINTS = Symbol('BLUEPRINTS');
/** `Memberships`: which Mac is in which Blueprint. */
export const MEMBERSHIPS = Symbol('MEMBERSHIPS');
