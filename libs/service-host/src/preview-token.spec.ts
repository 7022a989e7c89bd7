import { describe, expect, it } from '@jest/globals';
import { instant, type Instant } from '@managed-os/kernel';
import {
  changeDigest,
  type Presented,
  type PreviewClaims,
  requirePreview,
  signPreview,
  type UnsavedChange,
} from './preview-token.js';
import { Problem } from './problem.js';

const KEY = 'a key that is long enough to be one';
const NOW = instant(Date.parse('2026-01-01T12:00:00Z'));
const minutesAgo = (minutes: number): Instant => instant(Date.parse(NOW) - minutes * 60_000);

const change: UnsavedChange = {
  kind: 'enforcement',
  values: { itemId: 'i', enforcement: { mode: 'manual', clock: { zone: 'UTC' } } },
};
const claims: PreviewClaims = {
  change: changeDigest(change),
  revision: '3',
  affected: 12,
  large: false,
  at: minutesAgo(1),
};

const save = (
  presented: Presented,
  saved: UnsavedChange & { readonly revision?: string } = { ...change, revision: '3' },
) => {
  try {
    requirePreview(KEY, presented, saved, NOW);
    return 'saved';
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return `${error.status} ${error.code}`;
  }
};
const token = (change: Partial<PreviewClaims> = {}, key = KEY): Presented => ({
  token: signPreview(key, { ...claims, ...change }),
});

describe('X4 the token of a preview', () => {
  it('lets the very change pass that was previewed', () => expect(save(token())).toBe('saved'));

  it('does not mind the order of the fields, nor null where something is missing', () => {
    const enforcement = { clock: { zone: 'UTC', deviceLocal: null }, window: undefined, mode: 'manual' };
    expect(save(token(), { ...change, values: { enforcement, itemId: 'i' }, revision: '3' })).toBe('saved');
  });

  it('says where a preview is to be had when there is no token', () => {
    expect(save({})).toBe('428 preview-required');
    expect(() => requirePreview(KEY, {}, change, NOW)).toThrow(
      expect.objectContaining({ facts: { preview: '/api/deadlines/preview' } }),
    );
  });

  it.each([
    ['of other values', { change: changeDigest({ ...change, values: {} }) }, '409 preview-of-another-change'],
    ['of another kind', { change: changeDigest({ ...change, kind: 'override' }) }, '409 preview-of-another-change'],
    ['of the item before somebody else changed it', { revision: '2' }, '409 preview-outdated'],
    ['of eleven minutes ago', { at: minutesAgo(11) }, '428 preview-expired'],
  ] as const)('is refused when it is %s', (_, claimed, refusal) => expect(save(token(claimed))).toBe(refusal));

  it('is good for ten minutes', () => expect(save(token({ at: minutesAgo(10) }))).toBe('saved'));

  it('is refused when somebody else made or changed it', () => {
    const [payload = '', seal = ''] = (token().token ?? '').split('.');
    const large = Buffer.from(JSON.stringify({ ...claims, affected: 0 })).toString('base64url');
    for (const forged of [token({}, `${KEY}!`).token, `${large}.${seal}`, payload, `${payload}.`, '', 'x.y.z'])
      expect(save({ token: forged ?? '' })).toBe('400 preview-token-malformed');
  });

  it('of a large change passes only with the count that it says', () => {
    const large = token({ large: true });
    expect(save(large)).toBe('428 confirmation-required');
    expect(save({ ...large, confirm: 11 })).toBe('428 confirmation-required');
    expect(save({ ...large, confirm: 12 })).toBe('saved');
    expect(() => requirePreview(KEY, large, { ...change, revision: '3' }, NOW)).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ affected: 12 }) }),
    );
  });
});
