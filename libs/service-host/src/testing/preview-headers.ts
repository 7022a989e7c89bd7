import { realTime } from '@managed-os/kernel';
import { changeDigest, type PreviewClaims, signPreview, type UnsavedChange } from '../preview-token.js';

/** Of every test service. */
export const TEST_PREVIEW_KEY = 'key-of-the-previews-of-a-test-run';

/** The header of a save that was previewed, as the service of deadlines would have signed it just now. */
export const previewHeaders = (
  change: UnsavedChange,
  claims: Partial<Omit<PreviewClaims, 'change'>> = {},
): { readonly 'preview-token': string } => ({
  'preview-token': signPreview(TEST_PREVIEW_KEY, {
    change: changeDigest(change),
    affected: 0,
    large: false,
    at: realTime.now(),
    ...claims,
  }),
});
