import {
  activationOf,
  declarationStateOf,
  type DeclarationState,
  operatingSystem,
  type Status,
  statusItem,
  type StatusReason,
  updateState,
} from '@managed-os/apple-mdm';
import type { Fact } from '@managed-os/contracts';
import { present } from '@managed-os/kernel';
import type { Facts } from '../facts/device.decider.js';
import { brief } from '../facts/observations.js';
import type { Declared } from '../tables.js';
import { refOf } from './offer-reports.js';
import { declarationsOf, enforcementOf } from './the-set.js';

// Together they keep the longest report, every character escaped, below what an event may hold.
const MOST_REASONS = 8;
const LONGEST_DETAILS = 2_048;
const MOST_WORDS = 16;
const INT32_MAX = 2 ** 31 - 1;

/** What a report says of the Mac itself; only what it names, because what is stored may be older than what an inventory said. */
export const factsSaid = (items: Status): Partial<Facts> => {
  const { version, build } = operatingSystem(items);
  const { deviceId } = updateState(items);
  return {
    ...(version !== undefined && { osVersion: brief(version) }),
    ...(build !== undefined && { osBuild: brief(build) }),
    ...(deviceId !== undefined && { softwareUpdateDeviceId: brief(deviceId) }),
  };
};

/**
 * What a Mac says of the enforcement that it is offered; `undefined` while it says nothing of this very document (trap 10
 * of Apple's protocol).
 */
export const enforcementSaid = (row: Declared, status: Status): Fact<'DeclarationReported'> | undefined => {
  const { device_id, request_id, offered_token } = row;
  if (request_id === null || offered_token === null) return undefined;
  const identifier = enforcementOf(request_id);
  const enforcement = declarationStateOf(status, { identifier, serverToken: offered_token });
  if (!enforcement) return undefined;
  const carrier = declarationsOf(row).find((one) => one.identifier === activationOf(identifier));
  const activation = carrier && declarationStateOf(status, carrier);
  return {
    type: 'DeclarationReported',
    deviceId: device_id,
    declaration: refOf(row),
    serverToken: offered_token,
    enforcement: stateOf(enforcement),
    ...(activation && { activation: stateOf(activation) }),
  };
};

/** What a Mac says of its software update, whole; `undefined` until it has said anything of it. Words are passed on (trap 12). */
export const updateSaid = (deviceId: string, status: Status): Fact<'UpdateStateReported'> | undefined => {
  if (statusItem(status, 'softwareupdate') === undefined) return undefined;
  const { installState, pending, installReasons, failure } = updateState(status);
  const failedAt = statusItem(status, 'softwareupdate.failure-reason.timestamp');
  return present({
    type: 'UpdateStateReported' as const,
    deviceId,
    installState: installState === undefined ? undefined : brief(installState),
    pendingVersion:
      pending &&
      present({
        osVersion: brief(pending.osVersion),
        buildVersion: pending.buildVersion === undefined ? undefined : brief(pending.buildVersion),
        targetLocalDateTime: pending.targetLocalDateTime as string | undefined,
      }),
    installReasons: installReasons.slice(0, MOST_WORDS).map((word) => brief(word)),
    failure:
      failure &&
      present({
        count: Math.min(failure.count, INT32_MAX),
        reason: failure.reason === undefined ? undefined : brief(failure.reason, LONGEST_DETAILS),
        timestamp: typeof failedAt === 'string' && failedAt !== '' ? brief(failedAt) : undefined,
      }),
  });
};

const stateOf = ({
  active,
  valid,
  reasons,
}: DeclarationState): Fact<'DeclarationReported'>['enforcement'] & object => ({
  active,
  valid: brief(valid),
  reasons: reasons.slice(0, MOST_REASONS).map(reasonOf),
});

/** Details that are too long are left out: half of them would not be JSON any more. */
const reasonOf = ({ code, description, details }: StatusReason) => {
  const detailed = details && JSON.stringify(details);
  return present({
    code: code === '' ? 'Error.Unknown' : brief(code),
    description: description === undefined ? undefined : brief(description, LONGEST_DETAILS),
    details:
      detailed !== undefined && detailed.length <= LONGEST_DETAILS ? brief(detailed, LONGEST_DETAILS) : undefined,
  });
};
