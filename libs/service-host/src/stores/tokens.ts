/** What `createService` provides to the routes of a store, by token. */
/** `Pick<ServiceDefinition, 'name' | 'context'>`: whose store it is. */
export const OWNER = Symbol('OWNER');
/** event-bus's `JetStreamStrategy`: its letters, and their handlers. */
export const STRATEGY = Symbol('STRATEGY');
/** event-bus's `Relay`. */
export const RELAY = Symbol('RELAY');
/** event-store's `ProjectionRunner`. */
export const PROJECTIONS = Symbol('PROJECTIONS');
/** event-bus's `Operations`. */
export const OPERATIONS = Symbol('OPERATIONS');
/** `AbortSignal`: HTTP stops, and what streams or goes through a list comes to an end. */
export const STOPPING = Symbol('STOPPING');
