/** `Catalogue`: every public release, announced or not. */
export const CATALOGUE = Symbol('CATALOGUE');
