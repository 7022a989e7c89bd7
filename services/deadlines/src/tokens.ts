/** `DeadlinesSettings`. */
export const SETTINGS = Symbol('SETTINGS');
/** `Work`: tells that there may be something to do. */
export const WORK = Symbol('WORK');
