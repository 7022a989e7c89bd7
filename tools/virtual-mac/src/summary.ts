import type { Instant } from '@managed-os/kernel';
import type { Architecture, Mac } from './fleet.js';
import type { Defect, Install, Installed, MacState } from './state.js';

/** What one Mac can say about itself at the end; an entry of `<state>/fleet.json`. */
export interface MacSummary {
  readonly name: string;
  readonly serial: string;
  readonly udid: string;
  readonly architecture: Architecture;
  readonly version: string;
  readonly build: string;
  readonly enrollment: MacState['enrollment'];
  /** How many of its events are behind it. */
  readonly life: number;
  readonly bootstrapTokenEscrowed: boolean;
  /** How often a new version came to run here. */
  readonly installs: number;
  readonly history: readonly Installed[];
  readonly installing: Install['stage'] | null;
  /** What a declaration makes it install. */
  readonly enforced: { readonly version: string; readonly targetLocalDateTime: string; readonly stage: string } | null;
  /** How often it told its user of that. */
  readonly notices: number;
  /** Pushes that reached it, for itself or its user. */
  readonly pushes: number;
  /** Commands answered, by request type, and `ScheduleOSUpdate <action>`. */
  readonly answered: Readonly<Record<string, number>>;
  /** What the server did wrong: the number of times, and the latest ones. */
  readonly defectCount: number;
  readonly defects: readonly Defect[];
}

export interface FleetSummary {
  readonly asOf: Instant;
  readonly macs: readonly MacSummary[];
}

export const summaryOf = (mac: Mac, state: MacState): MacSummary => ({
  name: mac.name,
  serial: mac.serial,
  udid: mac.udid,
  architecture: mac.architecture,
  version: state.osVersion,
  build: state.osBuild,
  enrollment: state.enrollment,
  life: state.life,
  bootstrapTokenEscrowed: state.escrowed,
  installs: state.installs,
  history: state.history,
  installing: state.install?.stage ?? null,
  enforced: state.enforced && {
    version: state.enforced.candidate.version,
    targetLocalDateTime: state.enforced.targetLocalDateTime,
    stage: state.enforced.work.stage,
  },
  notices: state.notices,
  pushes: state.pushes,
  answered: state.answered,
  defectCount: state.defectCount,
  defects: state.defects,
});
