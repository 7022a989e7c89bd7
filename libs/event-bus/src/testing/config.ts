/** Of how many nats-servers the bus of a test consists: TEST_NATS_NODES, 1 unless it says 3. */
export const testNatsNodes = (): number => (process.env.TEST_NATS_NODES === '3' ? 3 : 1);

/** A nats-server binary that comes before all others: NATS_SERVER_BIN. */
export const natsServerBinary = (): string | undefined => process.env.NATS_SERVER_BIN;
