/** What a server may do, as bits (section 1.2). They are chosen once: an update of the profile that adds one is refused. */
const BITS = {
  'inspect-profiles': 1,
  'manage-profiles': 2,
  lock: 4,
  erase: 8,
  'device-information': 16,
  'network-information': 32,
  'inspect-provisioning-profiles': 64,
  'manage-provisioning-profiles': 128,
  'inspect-apps': 256,
  restrictions: 512,
  security: 1024,
  settings: 2048,
  'manage-apps': 4096,
} as const;

export type AccessRight = keyof typeof BITS;

/** At least one: Apple forbids none. */
export type AccessRights = readonly [AccessRight, ...AccessRight[]];

/** All that this product asks of a Mac: what it is, and how its bootstrap token stands. Updates need no right on macOS. */
export const LEAST_ACCESS: AccessRights = ['device-information', 'security'];

/** Whoever may manage profiles has to be allowed to see them. */
const IMPLIED: Partial<Readonly<Record<AccessRight, AccessRight>>> = {
  'manage-profiles': 'inspect-profiles',
  'manage-provisioning-profiles': 'inspect-provisioning-profiles',
};

export const accessBits = (rights: AccessRights): bigint =>
  BigInt(
    rights
      .flatMap((right) => [right, IMPLIED[right] ?? right])
      .map((right) => BITS[right])
      .reduce((bits, bit) => bits | bit, 0),
  );
