/** Nanoseconds of the machine's monotonic clock: one count for all its processes, unlike `realTime.elapsed`. */
export const now = (): bigint => process.hrtime.bigint();

export const millisSince = (then: bigint): number => Number(now() - then) / 1_000_000;
