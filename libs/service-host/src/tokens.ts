/** What `host` provides to every module of a service, by token. */
/** The service's configuration class. */
export const CONFIG = Symbol('CONFIG');
/** kernel's `Clock`. */
export const CLOCK = Symbol('CLOCK');
/** kernel's `Ids`. */
export const IDS = Symbol('IDS');
/** event-store's `EventStore` of the service's context. */
export const EVENT_STORE = Symbol('EVENT_STORE');
/** `Kysely` on the service's schema, as the service's role. */
export const DATABASE = Symbol('DATABASE');
/** `Loops`. */
export const LOOPS = Symbol('LOOPS');
/** `Health`: what else an operator should look after. */
export const HEALTH = Symbol('HEALTH');
/** `Bus`: requests to other services. */
export const BUS = Symbol('BUS');
/** pino's `Logger`. */
export const LOGGER = Symbol('LOGGER');
