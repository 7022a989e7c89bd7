import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type Instant, millisBetween } from '@managed-os/kernel';
import { MinLength } from 'class-validator';
import { Problem } from './problem.js';
import { ServiceConfig } from './service-config.js';

/** What an admin is about to save: its kind, what it is about, and the values, as the API has them. */
export interface UnsavedChange {
  readonly kind: 'enforcement' | 'assignment' | 'override';
  readonly values: Readonly<Record<string, unknown>>;
}

/** What a preview said of a change (X4). */
export interface PreviewClaims {
  /** Digest of the change. */
  readonly change: string;
  /** Of the item when it was previewed, as its ETag has it; absent for an assignment. */
  readonly revision?: string;
  /** Macs that become due, get a countdown or have an earlier deadline. */
  readonly affected: number;
  /** Above the threshold: whoever saves must have read the count. */
  readonly large: boolean;
  /** Real time. */
  readonly at: Instant;
}

/** Of services that make or check the tokens of previews; they share the key. */
export class PreviewConfig extends ServiceConfig {
  /** Signs the tokens of previews. */
  @MinLength(32, {
    message: 'PREVIEW_KEY must have at least 32 characters, the same for deadlines, library and blueprints',
  })
  readonly PREVIEW_KEY!: string;
}

/** The headers of a save, as OpenAPI describes them. */
export const PREVIEW_TOKEN = {
  name: 'Preview-Token',
  required: true,
  description: 'Of the preview of this very change, `POST /api/deadlines/preview`, at most 10 minutes old.',
};
export const PREVIEW_CONFIRM = {
  name: 'Preview-Confirm',
  required: false,
  description: 'The number of Macs that a large preview says are affected.',
};

const LONGEST = 10 * 60_000;
const WHERE = { preview: '/api/deadlines/preview' };

/** The same for the same values, whatever their order and whether what is missing is null or absent. */
export const changeDigest = ({ kind, values }: UnsavedChange): string =>
  createHash('sha256')
    .update(`${kind} ${JSON.stringify(canonical(values))}`)
    .digest('base64url');

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null);
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, canonical(inner)]);
};

const seal = (key: string, payload: string): string => createHmac('sha256', key).update(payload).digest('base64url');

/** A token that says what the preview said, and that nobody else can make. */
export const signPreview = (key: string, claims: PreviewClaims): string => {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${payload}.${seal(key, payload)}`;
};

const read = (key: string, token: string): PreviewClaims | undefined => {
  const [payload = '', given = ''] = token.split('.');
  const [ours, theirs] = [Buffer.from(seal(key, payload)), Buffer.from(given)];
  if (ours.length !== theirs.length || !timingSafeEqual(ours, theirs)) return undefined;
  // Only who has the key wrote it.
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as PreviewClaims;
};

/** What came with a save. */
export interface Presented {
  readonly token?: string;
  readonly confirm?: number;
}

/**
 * Lets a save pass whose preview is of this very change and at most 10 minutes old, and was confirmed where it is large.
 * Throws `Problem`: 428 with the preview's address when there is no token, it is too old, or the count is not confirmed;
 * 409 when it is of another change or revision; 400 when it is none of ours.
 */
export const requirePreview = (
  key: string,
  { token, confirm }: Presented,
  change: UnsavedChange & { readonly revision?: string },
  now: Instant,
): void => {
  if (token === undefined)
    throw new Problem(
      428,
      'preview-required',
      'Ask for a preview of this change first and send its token as Preview-Token.',
      WHERE,
    );
  const claims = read(key, token);
  if (!claims) throw new Problem(400, 'preview-token-malformed', 'Preview-Token is not the token of a preview.', WHERE);
  if (claims.change !== changeDigest(change))
    throw new Problem(
      409,
      'preview-of-another-change',
      'The preview was of other values: preview what you save.',
      WHERE,
    );
  if (claims.revision !== change.revision)
    throw new Problem(409, 'preview-outdated', 'The item changed since the preview: preview it again.', WHERE);
  if (millisBetween(claims.at, now) > LONGEST)
    throw new Problem(428, 'preview-expired', 'The preview is older than 10 minutes: preview it again.', WHERE);
  if (claims.large && (confirm === undefined || confirm < claims.affected)) {
    const { affected } = claims;
    const detail = `This concerns ${affected} Macs: send Preview-Confirm: ${affected} to save it all the same.`;
    throw new Problem(428, 'confirmation-required', detail, { ...WHERE, affected });
  }
};
