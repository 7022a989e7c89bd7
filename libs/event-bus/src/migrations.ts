/** The bus's tables (relay, parked tokens, dead letters), for `migrate` to apply to a service's schema. */
export const migrationsOfBus = { set: 'event_bus', url: new URL('../src/migrations/', import.meta.url) } as const;
