import { present } from '@managed-os/kernel';
import type { BetaProgram } from '../declarations/settings.js';

/** What a Mac has to be on before it may enroll. */
export interface RequiredUpdate {
  /** As Apple's feed lists it for this Mac: of a version that it cannot get, the person in front of it sees an endless loop. */
  readonly osVersion: string;
  readonly buildVersion?: string;
  /** macOS 14.5 and later; the Mac stays in the program. */
  readonly betaProgram?: BetaProgram;
  /** Shown where that is possible. */
  readonly message?: string;
}

/** The JSON body of a 403 that sends a Mac to update first; only for one that `canBeToldToUpdate` (section 3). */
export const writeSoftwareUpdateRequired = ({
  osVersion,
  buildVersion,
  betaProgram,
  message,
}: RequiredUpdate): string =>
  JSON.stringify(
    present({
      code: 'com.apple.softwareupdate.required',
      description: `macOS ${osVersion} is required to enroll`,
      message,
      details: present({
        OSVersion: osVersion,
        BuildVersion: buildVersion,
        RequireBetaProgram: betaProgram && { Description: betaProgram.description, Token: betaProgram.token },
      }),
    }),
  );

/** The JSON body of a 403 by which a Mac on macOS 14 or later removes its enrollment (section 1.7): never by accident. */
export const writeUnrecognizedDevice = (): string =>
  JSON.stringify({ code: 'com.apple.unrecognized.device', description: 'This Mac is not enrolled here' });
