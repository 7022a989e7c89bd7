import type { Instant } from '@managed-os/kernel';
import type { UpdateSettings } from './settings.js';
import { atLeast, type Attempt, below } from './state.js';

/** What is needed to judge one message. */
export interface Judging {
  readonly deviceId: string;
  readonly attempt: Attempt;
  /** The version the Mac runs, where known. */
  readonly runs: string | undefined;
  readonly at: Instant;
  readonly settings: UpdateSettings;
}

/** macOS 11.4 up to 11.7: only patience and wording differ (S20, S22, Q10). */
export const reportsUnreliably = ({ runs, settings: { unreliable } }: Judging): boolean =>
  runs !== undefined && atLeast(runs, unreliable.from) && below(runs, unreliable.below);
