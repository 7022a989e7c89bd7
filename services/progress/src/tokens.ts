/** `HandleFact`: decides upon one fact of one Mac. */
export const HANDLE_FACT = Symbol('HANDLE_FACT');
