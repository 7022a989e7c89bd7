import type { Instant } from '@managed-os/kernel';
import { isAwake, isWithin } from './awake.js';
import type { Mac } from './fleet.js';

export const isPluggedIn = ({ battery, zone }: Mac, at: Instant): boolean => {
  if (!battery || battery.pluggedIn === 'always') return true;
  return battery.pluggedIn !== 'never' && isWithin(battery.pluggedIn, zone, at);
};

/** Apple asks for a minimum charge and does not name it for declarations; these are what macOS asks of its users. */
const LEAST_CHARGE = { apple_silicon: 0.2, intel: 0.5 } as const;

export const hasPowerToInstall = (mac: Mac, at: Instant): boolean =>
  isPluggedIn(mac, at) || (mac.battery?.level ?? 1) >= LEAST_CHARGE[mac.architecture];

/** Asleep, and taking commands all the same. */
export const isNapping = (mac: Mac, at: Instant): boolean => mac.powerNap && !isAwake(mac, at);

/** Then it puts off nearly every command (section 1.5 of the protocol's specification). */
export const isNappingOnBattery = (mac: Mac, at: Instant): boolean => isNapping(mac, at) && !isPluggedIn(mac, at);
