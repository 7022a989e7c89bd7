import { describe, expect, it } from '@jest/globals';
import { aSonomaMac, DeclaredMac } from '../testing/declared-mac.js';
import { json } from '../testing/declarations-desk.js';
import { ENFORCEMENT, SUBSCRIPTIONS } from './schema.js';

const TARGET = { TargetOSVersion: '14.6', TargetLocalDateTime: '2024-08-20T18:00:00' };
const STATUS = { StatusItems: [{ Name: 'device.operating-system.version' }] };

const enrolled = (change: object = {}): Promise<DeclaredMac> => new DeclaredMac(aSonomaMac(change)).enrolled();
const identifiers = (one: DeclaredMac): readonly string[] =>
  (one.state.declarative?.held ?? []).map(({ identifier }) => identifier);
/** What was asked, without the reports. */
const asked = (one: DeclaredMac): readonly string[] =>
  one.desk.asked.splice(0).filter((endpoint) => endpoint !== 'status');

describe('the command DeclarativeManagement', () => {
  it('is acknowledged before anything is fetched, which says nothing about applying (trap 9)', async () => {
    const one = await enrolled();
    one.desk.activate('enforce', ENFORCEMENT, TARGET);
    one.desk.instead.set('tokens', () => ({ status: 500 }));
    one.desk.announce(null);
    await one.push();
    expect(one.desk.heard.at(-1)).toEqual({ UDID: one.mac.udid, Status: 'Acknowledged', CommandUUID: 'd-1' });
    expect(asked(one)).toEqual(['tokens']);
    expect(identifiers(one)).toEqual([]);
  });

  it('with tokens goes straight to the list, then to each document, and is done', async () => {
    const one = await enrolled();
    await one.desk.activate('enforce', ENFORCEMENT, TARGET).announce();
    await one.push();
    expect(asked(one)).toEqual([
      'declaration-items',
      'declaration/activation/enforce.activation',
      'declaration/configuration/enforce',
    ]);
    expect(one.verdict('enforce')).toEqual({ active: true, valid: 'valid', reasons: [] });
    expect(one.state.defects).toEqual([]);
  });

  it('without tokens asks for them first', async () => {
    const one = await enrolled();
    one.desk.activate('status', SUBSCRIPTIONS, STATUS).announce(null);
    await one.push();
    expect(asked(one).slice(0, 2)).toEqual(['tokens', 'declaration-items']);
    expect(identifiers(one)).toEqual(['status.activation', 'status']);
  });

  it('is an Error before macOS 13, and turns nothing on', async () => {
    const one = await enrolled({ osVersion: '12.7.6', osBuild: '21H1320' });
    one.desk.activate('status', SUBSCRIPTIONS, STATUS);
    await one.sync();
    expect(one.desk.heard.at(-1)).toMatchObject({ Status: 'Error', CommandUUID: 'd-1' });
    expect(one.state.declarative).toBeNull();
    expect(one.defects).toEqual(['unknown-command']);
  });

  it('with the tokens of the set that is held asks nothing more', async () => {
    const one = await enrolled();
    one.desk.activate('status', SUBSCRIPTIONS, STATUS);
    await one.sync();
    asked(one);
    await one.sync();
    expect(asked(one)).toEqual([]);
  });

  it('whose Data is no TokensResponse is acknowledged, counted, and the Mac asks for itself', async () => {
    const one = await enrolled();
    one.desk.activate('status', SUBSCRIPTIONS, STATUS).announce({ DeclarationsToken: 'x' });
    await one.push();
    expect(one.desk.heard.at(-1)).toMatchObject({ Status: 'Acknowledged' });
    expect(asked(one)[0]).toBe('tokens');
    expect(one.defects).toEqual(['tokens-malformed']);
    expect(identifiers(one)).toHaveLength(2);
  });
});

describe('a sync (4.3)', () => {
  it('fetches what is new or has another token, keeps the rest, and drops what is not listed', async () => {
    const one = await enrolled();
    one.desk.activate('status', SUBSCRIPTIONS, STATUS).activate('enforce', ENFORCEMENT, TARGET);
    await one.sync();
    asked(one);
    one.desk.activate('enforce', ENFORCEMENT, { ...TARGET, TargetOSVersion: '14.6.1' }).withdraw('status');
    await one.sync();
    expect(asked(one)).toEqual(['declaration-items', 'declaration/configuration/enforce']);
    expect(identifiers(one)).toEqual(['enforce.activation', 'enforce']);
    one.desk.withdraw('enforce');
    await one.sync();
    expect(asked(one)).toEqual(['declaration-items']);
    expect(one.state).toMatchObject({ declarative: { held: [] }, defects: [] });
  });

  it('keeps an old content as long as its token stays (trap 4), and notices when it has to fetch it again', async () => {
    const one = await enrolled();
    one.desk.activate('enforce', ENFORCEMENT, TARGET, 'always-the-same');
    await one.sync();
    one.desk.activate('enforce', ENFORCEMENT, { ...TARGET, TargetOSVersion: '14.6.1' }, 'always-the-same');
    one.desk.activate('status', SUBSCRIPTIONS, STATUS);
    await one.sync();
    const contents = one.state.declarative?.held.map(({ content }) => content?.payload['TargetOSVersion']);
    expect(contents).toContain('14.6');
    expect(one.state.defects).toEqual([]);
    one.desk.withdraw('enforce');
    await one.sync();
    one.desk.activate('enforce', ENFORCEMENT, { ...TARGET, TargetOSVersion: '14.6.1' }, 'always-the-same');
    await one.sync();
    expect(one.defects).toEqual(['content-changed-under-token']);
  });

  it('notices a new token for the same content (trap 5)', async () => {
    const one = await enrolled();
    one.desk.activate('enforce', ENFORCEMENT, TARGET, 'render-1');
    await one.sync();
    one.desk.activate('enforce', ENFORCEMENT, TARGET, 'render-2');
    await one.sync();
    expect(one.defects).toEqual(['token-changed-without-content']);
  });

  it('drops a document that is 404 and goes on with the others', async () => {
    const one = await enrolled();
    one.desk.activate('status', SUBSCRIPTIONS, STATUS).activate('enforce', ENFORCEMENT, TARGET);
    await one.sync();
    one.desk.instead.set('declaration/configuration/enforce', () => ({ status: 404 }));
    one.desk.offer('enforce', ENFORCEMENT, { ...TARGET, TargetOSVersion: '14.6.1' });
    await one.sync();
    expect(identifiers(one)).toEqual(['status.activation', 'enforce.activation', 'status']);
    expect(one.verdict('enforce.activation')).toMatchObject({
      active: false,
      valid: 'invalid',
      reasons: [{ code: 'Error.MissingConfigurations', details: { ConfigurationIdentifiers: ['enforce'] } }],
    });
    expect(one.state.defects).toEqual([]);
  });

  it.each([
    ['tokens', 500],
    ['declaration-items', 503],
    ['declaration/configuration/enforce', 400],
  ])('asks %s again later after %d, and fetches nothing twice', async (endpoint, status) => {
    const one = await enrolled();
    let troubles = 2;
    one.desk.activate('enforce', ENFORCEMENT, TARGET);
    one.desk.instead.set(endpoint, () => (troubles-- > 0 ? { status } : undefined));
    one.desk.announce(null);
    await one.push();
    expect(identifiers(one)).toEqual([]);
    await one.pass(1);
    expect(identifiers(one)).toHaveLength(2);
    const all = asked(one);
    expect(all.filter((one_) => one_ === endpoint)).toHaveLength(3);
    expect(all).toHaveLength(6);
    expect(one.state.defects).toEqual([]);
  });

  it('in trouble does not keep the Mac from answering commands', async () => {
    const one = await enrolled();
    one.desk.instead.set('declaration-items', () => ({ status: 500 }));
    one.desk.activate('enforce', ENFORCEMENT, TARGET);
    await one.sync();
    one.desk.command({ RequestType: 'SecurityInfo' });
    await one.push();
    expect(one.desk.heard.at(-1)).toMatchObject({ Status: 'Acknowledged', SecurityInfo: expect.anything() });
  });

  it('goes on where it was when the process ends in the middle of it', async () => {
    const one = await enrolled();
    one.desk.activate('status', SUBSCRIPTIONS, STATUS).activate('enforce', ENFORCEMENT, TARGET);
    one.desk.instead.set('declaration/configuration/enforce', () => ({ status: 500 }));
    await one.sync();
    one.desk.instead.clear();
    asked(one);
    await one.restart();
    await one.pass(1);
    expect(asked(one)).toEqual(['declaration/configuration/enforce']);
    expect(identifiers(one)).toHaveLength(4);
  });

  it('asks under an identifier with slashes in it as it is', async () => {
    const one = await enrolled();
    one.desk.activate('org/example/enforce', ENFORCEMENT, TARGET);
    await one.sync();
    expect(asked(one)).toContain('declaration/configuration/org/example/enforce');
    expect(one.verdict('org/example/enforce')).toMatchObject({ active: true });
  });

  it('401 to any of it ends the enrollment (trap 1)', async () => {
    const one = await enrolled();
    one.desk.instead.set('declaration-items', () => ({ status: 401 }));
    await one.sync();
    await one.desk.activate('enforce', ENFORCEMENT, TARGET);
    await one.sync();
    expect(one.state.enrollment).toBe('dropped');
    expect(one.defects).toEqual(['unauthorized']);
  });
});

describe('what a server must not say', () => {
  const LISTS = { Activations: [], Assets: [], Configurations: [], Management: [] };
  const item = { Identifier: 'a', ServerToken: '1' };

  it.each([
    ['a list that is null', { Declarations: { ...LISTS, Assets: null }, DeclarationsToken: 't' }],
    ['a list that is not there', { Declarations: { Activations: [] }, DeclarationsToken: 't' }],
    ['no token', { Declarations: LISTS }],
    ['an entry without token', { Declarations: { ...LISTS, Assets: [{ Identifier: 'a' }] }, DeclarationsToken: 't' }],
    ['an identifier twice', { Declarations: { ...LISTS, Assets: [item], Management: [item] }, DeclarationsToken: 't' }],
  ])('declaration-items with %s', async (_, body) => {
    const one = await enrolled();
    one.desk.activate('status', SUBSCRIPTIONS, STATUS);
    await one.sync();
    one.desk.instead.set('declaration-items', () => json(body));
    one.desk.withdraw('status');
    await one.sync();
    expect(one.defects).toEqual(['declaration-items-malformed']);
    expect(identifiers(one)).toHaveLength(2);
    one.desk.instead.clear();
    await one.pass(1);
    expect(identifiers(one)).toEqual([]);
  });

  it.each([
    ['{} for an unknown declaration (trap 7)', {}],
    ['null', null],
    ['another declaration', { Type: ENFORCEMENT, Identifier: 'b', ServerToken: '1', Payload: {} }],
    ['another kind', { Type: 'com.apple.asset.data', Identifier: 'enforce', ServerToken: '1', Payload: {} }],
    ['no payload', { Type: ENFORCEMENT, Identifier: 'enforce', ServerToken: '1' }],
  ])('a document that is %s', async (_, body) => {
    const one = await enrolled();
    one.desk.activate('enforce', ENFORCEMENT, TARGET);
    one.desk.instead.set('declaration/configuration', () => json(body));
    await one.sync();
    expect(one.defects).toEqual(['declaration-malformed']);
    expect(one.verdict('enforce')).toMatchObject({ active: false, reasons: [{ code: 'Error.InvalidPayload' }] });
  });

  it.each([
    ['a Timestamp with a fraction (trap 38)', { DeclarationsToken: 't', Timestamp: '2024-07-31T06:00:00.123Z' }],
    ['a Timestamp with an offset', { DeclarationsToken: 't', Timestamp: '2024-07-31T06:00:00+02:00' }],
    ['no token', { Timestamp: '2024-07-31T06:00:00Z' }],
  ])('tokens with %s', async (_, tokens) => {
    const one = await enrolled();
    one.desk.instead.set('tokens', () => json({ SyncTokens: tokens }));
    one.desk.announce(null);
    await one.push();
    expect(one.defects).toEqual(['tokens-malformed']);
    expect(asked(one)).toEqual(['tokens']);
  });

  it('a Timestamp that goes back (trap 38): the newer set stays', async () => {
    const one = await enrolled();
    const before = one.desk.syncTokens();
    one.desk.activate('status', SUBSCRIPTIONS, STATUS);
    await one.sync();
    one.desk.announce(before);
    await one.push();
    expect(one.defects).toEqual(['timestamp-backwards']);
    expect(identifiers(one)).toHaveLength(2);
  });

  it('identifiers, tokens and sets of tokens that are too long', async () => {
    const one = await enrolled();
    one.desk.offer('é'.repeat(33), SUBSCRIPTIONS, STATUS).offer('long', SUBSCRIPTIONS, STATUS, 't'.repeat(65));
    one.desk.instead.set('tokens', () =>
      json({ SyncTokens: { DeclarationsToken: 't'.repeat(257), Timestamp: '2024-07-31T06:00:00Z' } }),
    );
    one.desk.announce(null);
    await one.push();
    expect(one.defects.filter((kind) => kind === 'too-long').length).toBeGreaterThanOrEqual(3);
    expect(identifiers(one)).toHaveLength(2);
  });

  it("a list whose token is not the set's (trap 6): noticed once, and no endless conversation", async () => {
    const one = await enrolled();
    one.desk.activate('status', SUBSCRIPTIONS, STATUS);
    one.desk.instead.set('declaration-items', () => json({ ...one.desk.manifest(), DeclarationsToken: 'another' }));
    await one.sync();
    expect(one.defects).toEqual(['declarations-token-mismatch']);
    expect(identifiers(one)).toHaveLength(2);
    asked(one);
    await one.pass(60);
    expect(asked(one)).toEqual([]);
  });

  it('a token that is new each time it is asked for', async () => {
    const one = await enrolled();
    let token = 0;
    one.desk.instead.set('tokens', () =>
      json({ SyncTokens: { DeclarationsToken: `t${(token += 1)}`, Timestamp: '2024-07-31T06:00:00Z' } }),
    );
    one.desk.announce(null);
    await one.push();
    expect(one.defects).toEqual(['declarations-token-mismatch']);
    expect(asked(one).length).toBeLessThan(10);
  });

  it('but a set that changed between the tokens and the list is no defect', async () => {
    const one = await enrolled();
    one.desk.activate('status', SUBSCRIPTIONS, STATUS).announce();
    one.desk.activate('enforce', ENFORCEMENT, TARGET);
    await one.push();
    expect(identifiers(one)).toHaveLength(4);
    expect(one.state.defects).toEqual([]);
  });

  it('a document with a token that the list never has', async () => {
    const one = await enrolled();
    one.desk.activate('enforce', ENFORCEMENT, TARGET);
    one.desk.instead.set('declaration/configuration/enforce', () =>
      json({ Type: ENFORCEMENT, Identifier: 'enforce', ServerToken: 'another', Payload: TARGET }),
    );
    await one.sync();
    expect(one.defects).toEqual(['server-token-mismatch']);
    expect(asked(one).length).toBeLessThan(8);
    expect(one.verdict('enforce')).toMatchObject({ active: true, valid: 'valid' });
  });

  it('but a document newer than the list is none', async () => {
    const one = await enrolled();
    one.desk.activate('enforce', ENFORCEMENT, TARGET);
    let isFirst = true;
    one.desk.instead.set('declaration-items', (own) => {
      if (isFirst) one.desk.offer('enforce', ENFORCEMENT, { ...TARGET, TargetOSVersion: '14.6.1' });
      isFirst = false;
      return own;
    });
    await one.sync();
    expect(one.state.defects).toEqual([]);
    expect(one.state.declarative?.held.at(-1)?.content?.payload['TargetOSVersion']).toBe('14.6.1');
  });
});
