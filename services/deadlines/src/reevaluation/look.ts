import { type Release, selectItem } from '@managed-os/enforcement';
import type { Instant } from '@managed-os/kernel';
import type { DeviceInputs } from '../inputs/read-inputs.js';
import type { Reevaluated } from '../obligations/obligations.input.js';
import type { DeadlinesSettings } from '../settings.js';

/** What the rules say of one Mac now. A Mac to which no item applies is not managed. */
export const look = (
  { device, blueprintId, items }: DeviceInputs,
  releases: readonly Release[],
  settings: DeadlinesSettings,
  now: Instant,
): Reevaluated => {
  const selection = selectItem(items, {
    now,
    releases,
    settings: settings.rules,
    device: {
      architecture: device.architecture,
      osVersion: device.os_version,
      osBuild: device.os_build,
      softwareUpdateDeviceId: device.software_update_device_id,
      supervised: device.supervised,
      mdmEnrolled: device.mdm_enrolled,
      agentInstalled: device.agent_installed,
      bootstrapTokenEscrowed: device.bootstrap_token_escrowed,
      timeZone: device.time_zone,
    },
  });
  return {
    type: 'Reevaluated',
    deviceId: device.device_id,
    now,
    factsRevision: device.facts_revision,
    ...(device.os_version !== null && { osVersion: device.os_version }),
    agentInstalled: device.agent_installed,
    ...(blueprintId !== undefined && { blueprintId }),
    ...(selection && { item: { itemId: selection.item.itemId, revision: selection.item.revision } }),
    evaluation: selection?.evaluation ?? { status: 'not_managed', reason: null, row: '1' },
    countdownMillis: settings.countdownMillis,
  };
};
