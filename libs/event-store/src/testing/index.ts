export { testDatabaseUrl } from './config.js';
export { freePort } from './free-port.js';
export { MemoryEventStore, type MemoryEventStoreOptions } from './memory-event-store.js';
export { TcpProxy } from './tcp-proxy.js';
export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.js';
