import { type LocalDateTime, present } from '@managed-os/kernel';
import type { DeclarationContent } from './declaration.js';

/** That a Mac be on a version by a time; macOS 14 and later, supervised, device channel (section 4.5). */
export interface Enforcement {
  /** In full and as Apple's feed lists it: a shorter one no longer means its newest patch (trap 18). */
  readonly targetOsVersion: string;
  readonly targetBuildVersion?: string;
  /** What the Mac's own clock will show, never an instant (trap 13). One that is past restarts the Mac within the hour (trap 14). */
  readonly targetLocalDateTime: LocalDateTime;
  /** Shown to the person in front of the Mac. */
  readonly detailsUrl?: string;
}

export const enforcement = (identifier: string, asked: Enforcement): DeclarationContent => ({
  type: 'com.apple.configuration.softwareupdate.enforcement.specific',
  identifier,
  payload: present({
    TargetOSVersion: asked.targetOsVersion,
    TargetBuildVersion: asked.targetBuildVersion,
    TargetLocalDateTime: asked.targetLocalDateTime,
    DetailsURL: asked.detailsUrl,
  }),
});
