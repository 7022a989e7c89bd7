import { optionalText } from './plist/read.js';
import { Refused } from './plist/refusal.js';
import type { PlistDict } from './plist/value.js';

/** Who speaks: a Mac by its UDID (opaque text), or a User Enrollment, which has none; on the user channel also the user. */
export interface Sender {
  readonly udid?: string;
  readonly enrollmentId?: string;
  /** Present on the user channel only. */
  readonly userId?: string;
}

export const senderOf = (keys: PlistDict): Sender => {
  const udid = optionalText(keys, 'UDID') || undefined;
  const enrollmentId = optionalText(keys, 'EnrollmentID') || undefined;
  const userId = (optionalText(keys, 'UserID') ?? optionalText(keys, 'EnrollmentUserID')) || undefined;
  if (udid === undefined && enrollmentId === undefined) {
    throw new Refused({ code: 'missing-key', path: '/UDID', detail: 'UDID or EnrollmentID is required' });
  }
  return {
    ...(udid !== undefined && { udid }),
    ...(enrollmentId !== undefined && { enrollmentId }),
    ...(userId !== undefined && { userId }),
  };
};
