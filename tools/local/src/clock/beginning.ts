import { type Instant, parseInstant } from '@managed-os/kernel';

/** When the simulated world begins. */
export const BEGINNING = parseInstant('2022-09-10T06:00:00Z') as Instant;
