/** `Catalogue`: every public release, announced or not. */
export const CATALOGUE = Symbol('CATALOGUE');
/** `GuardSettings`. */
export const GUARD_SETTINGS = Symbol('GUARD_SETTINGS');
/** `Guard`. */
export const GUARD = Symbol('GUARD');
/** `Feed`: where the feed comes from, and who reads it. */
export const FEED = Symbol('FEED');
/** `HandleProposal`. */
export const HANDLE_PROPOSAL = Symbol('HANDLE_PROPOSAL');
