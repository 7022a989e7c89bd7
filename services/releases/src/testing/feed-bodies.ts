import { parsePmv, type PmvBody } from '@managed-os/apple-mdm';

export interface Listed {
  readonly version: string;
  readonly build: string;
  /** `A B` */
  readonly devices?: string;
  readonly posted?: string;
}

export interface Lists {
  readonly open: readonly Listed[];
  /** Beside what is public. */
  readonly assets?: readonly Listed[];
  readonly improvements?: readonly (Listed & { readonly on: string })[];
}

const entry = ({ version, build, devices = 'A B', posted = '2026-09-01' }: Listed) => ({
  ProductVersion: version,
  Build: build,
  PostingDate: posted,
  ExpirationDate: '2026-12-01',
  SupportedDevices: devices.split(' '),
});

/** A response of Apple's as text. */
export const bodyText = ({ open, assets = [], improvements = [] }: Lists): string =>
  JSON.stringify({
    PublicAssetSets: { macOS: open.map(entry) },
    AssetSets: { macOS: [...open, ...assets].map(entry) },
    PublicBackgroundSecurityImprovements: {
      macOS: improvements.map(({ on, ...listed }) => ({
        ...entry(listed),
        ProductVersionExtra: '(a)',
        PrerequisiteBuild: on,
      })),
    },
  });

export const EMPTY_BODY = '{"PublicAssetSets":{},"AssetSets":{},"PublicBackgroundSecurityImprovements":{}}';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export const bodyOf = (lists: Lists): PmvBody => {
  const parsed = parsePmv(bodyText(lists));
  if (!parsed.ok) throw new Error(parsed.refusal.reason);
  return parsed.body;
};
