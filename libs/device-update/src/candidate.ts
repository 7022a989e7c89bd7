import type { Fact } from '@managed-os/contracts';
import { addMillis, type Instant, present } from '@managed-os/kernel';
import { MINUTE, request } from './requests.js';
import type { UpdateSettings } from './settings.js';
import { type Attempt, sameVersion, type UpdateEvent } from './state.js';

type Available = Fact<'CommandAnswered'>['available'][number];

/** The scan runs by itself and says nothing when it ends; the list is asked for a little later. */
export const onScanStarted = (
  deviceId: string,
  attempt: Attempt,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => [request(deviceId, attempt, 'available', addMillis(at, settings.scanMinutes * MINUTE))];

/** The update is on offer, or it is looked for again after a while, for as long as it takes (S14, Q7). */
export const onAvailable = (
  fact: Fact<'CommandAnswered'>,
  attempt: Attempt,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const found = candidateOf(fact.available, attempt);
  if (found)
    return [
      present({
        type: 'CandidateFound' as const,
        deviceId: fact.deviceId,
        attempt: attempt.number,
        productKey: found.productKey,
        version: found.version,
        build: found.build,
      }),
    ];
  const pauses = settings.lookAgainMinutes;
  const minutes = pauses[Math.min(attempt.looks, pauses.length - 1)] ?? 0;
  return [
    {
      type: 'CandidateMissing',
      deviceId: fact.deviceId,
      attempt: attempt.number,
      version: attempt.version,
      looks: attempt.looks + 1,
      retryAt: addMillis(at, minutes * MINUTE),
    },
  ];
};

/** The wanted version among what the Mac lists, its very build when there are several. */
const candidateOf = (available: readonly Available[], { version, build }: Attempt): Available | undefined => {
  const wanted = available.filter(
    (item) =>
      !item.configDataUpdate &&
      !item.firmwareUpdate &&
      !item.securityResponse &&
      item.productKey !== '' &&
      sameVersion(item.version, version),
  );
  return wanted.find((item) => item.build === build) ?? wanted[0];
};
