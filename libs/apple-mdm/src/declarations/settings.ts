import { compareVersions, parseVersion, present } from '@managed-os/kernel';
import type { Json, JsonObject } from '../json/value.js';
import type { DeclarationContent } from './declaration.js';

/** Whether the person in front of the Mac may choose, or what they may not change. */
export type Choice = 'Allowed' | 'AlwaysOn' | 'AlwaysOff';

/** A beta program, with the organisation's token of Apple's seeding service. */
export interface BetaProgram {
  readonly description: string;
  readonly token: string;
}

/** Programs are offered or one is required, never both (section 4.7). */
export type BetaSettings =
  | { readonly enrollment: 'AlwaysOff' }
  | { readonly enrollment: 'Allowed' | 'AlwaysOn'; readonly offer?: readonly BetaProgram[] }
  | { readonly enrollment: 'AlwaysOn'; readonly require: BetaProgram };

/** What macOS has of `softwareupdate.settings`; what is not said is left to macOS and its user. macOS 15 and later, supervised. */
export interface UpdateSettings {
  /** `false`: only those of the last hour before an enforced deadline, and the countdown. */
  readonly notifications?: boolean;
  /** Days from 1 to 90 by which an update is held back; an enforcement is not (trap 34). */
  readonly deferrals?: { readonly major?: number; readonly minor?: number; readonly system?: number };
  readonly automaticActions?: {
    readonly download?: Choice;
    readonly installOsUpdates?: Choice;
    readonly installSecurityUpdates?: Choice;
  };
  readonly backgroundSecurityImprovements?: { readonly enable?: boolean; readonly enableRollback?: boolean };
  readonly allowStandardUserOsUpdates?: boolean;
  /** macOS 15.4 and later; left out for a Mac before or of an unknown version, which would refuse a key it does not know. */
  readonly beta?: BetaSettings;
}

/** Throws `RangeError` for a deferral that is not a whole number of 1 to 90 days. */
export const updateSettings = (
  identifier: string,
  asked: UpdateSettings,
  osVersion: string | undefined,
): DeclarationContent => ({
  type: 'com.apple.configuration.softwareupdate.settings',
  identifier,
  payload: filled({
    Notifications: asked.notifications,
    Deferrals: filled({
      MajorPeriodInDays: days(asked.deferrals?.major),
      MinorPeriodInDays: days(asked.deferrals?.minor),
      SystemPeriodInDays: days(asked.deferrals?.system),
    }),
    AutomaticActions: filled({
      Download: asked.automaticActions?.download,
      InstallOSUpdates: asked.automaticActions?.installOsUpdates,
      InstallSecurityUpdate: asked.automaticActions?.installSecurityUpdates,
    }),
    // The feature has another name today; its key has not.
    RapidSecurityResponse: filled({
      Enable: asked.backgroundSecurityImprovements?.enable,
      EnableRollback: asked.backgroundSecurityImprovements?.enableRollback,
    }),
    AllowStandardUserOSUpdates: asked.allowStandardUserOsUpdates,
    Beta: asked.beta && knowsBeta(osVersion) ? betaOf(asked.beta) : undefined,
  }),
});

/** Without what is absent, and without groups in which nothing is left. */
const filled = (entries: Readonly<Record<string, Json | undefined>>): JsonObject =>
  Object.fromEntries(
    Object.entries(entries).filter(
      (entry): entry is [string, Json] =>
        entry[1] !== undefined && !(typeof entry[1] === 'object' && JSON.stringify(entry[1]) === '{}'),
    ),
  );

const days = (count: number | undefined): number | undefined => {
  if (count === undefined || (Number.isInteger(count) && count >= 1 && count <= 90)) return count;
  throw new RangeError(`an update is deferred by 1 to 90 days, not ${count}`);
};

const knowsBeta = (osVersion: string | undefined): boolean =>
  osVersion !== undefined && parseVersion(osVersion) !== undefined && compareVersions(osVersion, '15.4') >= 0;

const betaOf = (beta: BetaSettings): JsonObject =>
  present({
    ProgramEnrollment: beta.enrollment,
    OfferPrograms: 'offer' in beta ? beta.offer?.map(program) : undefined,
    RequireProgram: 'require' in beta ? program(beta.require) : undefined,
  });

const program = ({ description, token }: BetaProgram): JsonObject => ({ Description: description, Token: token });
