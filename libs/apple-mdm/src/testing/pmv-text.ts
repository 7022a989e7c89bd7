/** An entry as Apple writes it. */
export interface Asset {
  readonly ProductVersion: string;
  readonly Build?: string;
  readonly PostingDate?: string;
  readonly ExpirationDate?: string;
  readonly SupportedDevices: readonly string[];
}

export const asset = (version: string, build: string, devices = 'A B', posted = '2026-01-10'): Asset => ({
  ProductVersion: version,
  Build: build,
  PostingDate: posted,
  ExpirationDate: '2026-04-10',
  SupportedDevices: devices.split(' '),
});

export const improvement = (version: string, build: string, prerequisite: string, devices = 'A B') => ({
  ...asset(version, build, devices),
  ProductVersionExtra: '(a)',
  PrerequisiteBuild: prerequisite,
});

/** A response: everything public is among the assets as well. */
export const pmvText = (open: readonly Asset[], assets: readonly Asset[] = [], improvements: readonly Asset[] = []) =>
  JSON.stringify({
    PublicAssetSets: { macOS: open, iOS: [{ ProductVersion: 'whatever' }] },
    AssetSets: { macOS: [...open, ...assets], visionOS: 7 },
    PublicBackgroundSecurityImprovements: improvements.length > 0 ? { macOS: improvements } : {},
  });
