import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '@managed-os/service-host';
import { ReleasesConfig } from './config.js';
import { guardSettingsOf } from './guard/settings.js';

const NEEDED = { DATABASE_URL: 'postgres://mos', NATS_URL: 'nats://mos' };
const parse = (env: Readonly<Record<string, string>>) => parseConfig(ReleasesConfig, { ...NEEDED, ...env });

describe('the configuration', () => {
  it('X14 is the pinned offline catalogue when nothing is said', () =>
    expect(parse({})).toMatchObject({ RELEASE_FEED: 'off', CVE_FEED: 'off' }));

  it('X14 names the thresholds beside every decision', () =>
    expect(guardSettingsOf(parse({ PROPOSAL_ANSWER_MINUTES: '5', PROPOSAL_THRESHOLD_MACS: '7' }))).toEqual({
      answerMillis: 300_000,
      threshold: { percent: 10, macs: 7 },
      revision: 'answer=PT5M threshold=10%,7',
    }));

  it.each([
    [{ RELEASE_FEED: 'on' }, 'RELEASE_FEED must be off, pmv or files:<folder>'],
    [{ RELEASE_FEED: 'files:' }, 'RELEASE_FEED must be off, pmv or files:<folder>'],
    [{ RELEASE_FEED: 'pmv' }, 'RELEASE_FEED_CA must name the PEM file'],
    [{ RELEASE_FEED_URL: 'http://gdmf.apple.com' }, 'RELEASE_FEED_URL must be an https address'],
    [{ PROPOSAL_ANSWER_MINUTES: '0' }, 'PROPOSAL_ANSWER_MINUTES'],
    [{ PROPOSAL_THRESHOLD_PERCENT: '101' }, 'PROPOSAL_THRESHOLD_PERCENT'],
    [{ CVE_FEED: 'http://sofa' }, 'CVE_FEED must be off, an https address or file:<path>'],
  ])('refuses %j', (env, problem) => expect(() => parse(env)).toThrow(problem));

  it.each([
    { RELEASE_FEED: 'pmv', RELEASE_FEED_CA: '/etc/apple-root.pem' },
    { RELEASE_FEED: 'files:/captures', CVE_FEED: 'file:/sofa.json' },
    { CVE_FEED: 'https://sofafeed.macadmins.io/v2/macos_data_feed.json' },
  ])('takes %j', (env) => expect(parse(env)).toMatchObject(env));
});
