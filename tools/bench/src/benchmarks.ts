import type { Benchmark } from './benchmark.js';
import { bus } from './bus/benchmark.js';
import { edge } from './edge/benchmark.js';
import { eventStore } from './event-store/benchmark.js';
import { rules } from './rules/benchmark.js';

export const benchmarks: readonly Benchmark[] = [eventStore, bus, rules, edge];
