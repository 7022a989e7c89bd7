export type Architecture = 'arm64' | 'x86_64';

/**
 * From which number on a family of model identifiers is Apple silicon; families not listed are unknown.
 * `Mac13,1` and later are all Apple silicon, `iMacPro`, `MacPro`, `MacBook` and `Xserve` never are.
 */
const APPLE_SILICON_FROM: Readonly<Record<string, number>> = {
  Mac: 13,
  MacBookAir: 10,
  MacBookPro: 17,
  Macmini: 9,
  iMac: 21,
  VirtualMac: 1,
  iMacPro: Infinity,
  MacPro: Infinity,
  MacBook: Infinity,
  Xserve: Infinity,
};

/** The architecture that a model identifier such as `MacBookAir10,1` tells; `undefined` when it tells none. */
export const architectureOf = (model: string): Architecture | undefined => {
  const match = /^([A-Za-z]+)(\d{1,3}),\d{1,3}$/.exec(model);
  const from =
    match?.[1] !== undefined && Object.hasOwn(APPLE_SILICON_FROM, match[1]) ? APPLE_SILICON_FROM[match[1]] : undefined;
  if (from === undefined) return undefined;
  return Number(match?.[2]) >= from ? 'arm64' : 'x86_64';
};
