/** `Items`: the items of the Library by their streams. */
export const ITEMS = Symbol('ITEMS');
