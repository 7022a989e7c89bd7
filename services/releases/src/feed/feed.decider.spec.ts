import { describe, expect, it } from '@jest/globals';
import { listedIn, parsePmv } from '@managed-os/apple-mdm';
import type { ReleasesEvent } from '@managed-os/contracts';
import { type Instant, instant } from '@managed-os/kernel';
import { specify } from '@managed-os/kernel/testing';
import { bodyText, EMPTY_BODY, type Lists } from '../testing/feed-bodies.js';
import { feed, type ReadBody } from './feed.decider.js';

const given = specify(feed);
const at = (text: string): Instant => instant(Date.parse(text));

const v1 = { version: '26.2', build: '25C56' };
const v2 = { version: '26.3', build: '25D125', devices: 'B C' };
const [FIRST, SECOND, THIRD] = ['2026-09-01T18:00Z', '2026-09-02T18:00Z', '2026-09-03T18:00Z'].map(at) as [
  Instant,
  Instant,
  Instant,
];

const readText = (text: string, seen: Instant): ReadBody => ({
  ...{ source: 'pmv', capture: `${seen}.json`, sha256: `sum of ${text.length} at the end ${text.slice(-30)}`, seen },
  parsed: parsePmv(text),
  ...listsOf(text),
});
const listsOf = (text: string): Pick<ReadBody, 'listsSha256'> => {
  const parsed = parsePmv(text);
  return parsed.ok ? { listsSha256: listedIn(parsed.body) } : {};
};
const read = (lists: Lists, seen: Instant): ReadBody => readText(bodyText(lists), seen);

/** The event that a body makes on nothing. */
const changed = (lists: Lists, seen: Instant): ReleasesEvent => {
  const decision = feed.decide(read(lists, seen), feed.initial);
  const [event] = decision.kind === 'accepted' ? decision.events : [];
  if (!event) throw new Error('that body makes no event');
  return event;
};
const refused = (seen: Instant, reason = 'empty', detail = '/PublicAssetSets/macOS'): ReleasesEvent => {
  const { capture, sha256, source } = readText(EMPTY_BODY, seen);
  return { type: 'FeedRefused', source, capture, sha256, seen, reason, detail };
};

describe('what Apple’s feed says (X14)', () => {
  it('X14 tells everything that the first body lists, as it lists it', () =>
    given()
      .when(read({ open: [v2], assets: [v1], improvements: [{ ...v2, build: '25D771250a', on: '25D125' }] }, FIRST))
      .thenMatching(([event, ...others], after) => {
        expect(others).toEqual([]);
        expect(event).toMatchObject({ type: 'FeedChanged', source: 'pmv', seen: FIRST });
        expect(
          event?.type === 'FeedChanged' && event.entries.map(({ list, build, devices }) => [list, build, devices]),
        ).toEqual([
          ['public', '25D125', ['B', 'C']],
          ['assets', '25C56', ['A', 'B']],
          ['assets', '25D125', ['B', 'C']],
          ['bsi', '25D771250a', ['B', 'C']],
        ]);
        expect(after.pmv.improvements.get('26.3 25D771250a')).toMatchObject({
          kind: 'bsi',
          prerequisiteBuild: '25D125',
        });
        expect(after.pmv.builds.get('26.2 25C56')).toMatchObject({ listed: 'assets', wasPublic: false });
      }));

  it('X14 the same body twice changes nothing, nor do dates that move on', () => {
    given(changed({ open: [v1] }, FIRST))
      .when(read({ open: [v1] }, SECOND))
      .thenNothing();
    given(changed({ open: [v1] }, FIRST))
      .when(read({ open: [{ ...v1, posted: '2026-09-30' }] }, SECOND))
      .thenNothing();
  });

  it('X14 S61 a date that moves back is told', () =>
    given(changed({ open: [v1] }, FIRST))
      .when(read({ open: [{ ...v1, posted: '2026-08-01' }] }, SECOND))
      .then(changed({ open: [{ ...v1, posted: '2026-08-01' }] }, SECOND)));

  it('X14 an empty body is refused, once, and leaves what was said', () => {
    given(changed({ open: [v1] }, FIRST))
      .when(readText(EMPTY_BODY, SECOND))
      .then(refused(SECOND));
    given(changed({ open: [v1] }, FIRST), refused(SECOND))
      .when(readText(EMPTY_BODY, THIRD))
      .thenNothing();
    const { state } = given(changed({ open: [v1] }, FIRST), refused(SECOND));
    expect(state.pmv).toEqual(given(changed({ open: [v1] }, FIRST)).state.pmv);
    expect(state.refused).toMatchObject({ reason: 'empty' });
  });

  it('X14 another bad body is refused on its own', () =>
    given(refused(FIRST))
      .when(readText('{"PublicAssetSets', SECOND))
      .thenMatching(([event]) =>
        expect(event).toMatchObject({ type: 'FeedRefused', reason: 'truncated', detail: '' }),
      ));

  it('X14 S61 a date that moves back and is corrected is told both times, and when it moves back again', () => {
    const [good, back] = [v1, { ...v1, posted: '2026-08-01' }].map((one) => ({ open: [one] }));
    if (!good || !back) throw new Error('no bodies');
    given(changed(good, FIRST), changed(back, SECOND)).when(read(good, THIRD)).then(changed(good, THIRD));
    given(changed(back, FIRST), changed(good, SECOND))
      .when({ ...read(back, THIRD), released: new Map([['26.2 25C56', '2026-09-01']]) })
      .then(changed(back, THIRD));
  });

  it('X14 a body that lost all of its assets is refused', () =>
    given(changed({ open: [v1] }, FIRST))
      .when(readText(JSON.stringify({ ...(JSON.parse(bodyText({ open: [v1] })) as object), AssetSets: {} }), SECOND))
      .thenMatching(([event]) =>
        expect(event).toMatchObject({ type: 'FeedRefused', reason: 'empty', detail: '/AssetSets/macOS' }),
      ));

  const majors = ['13.7', '14.8', '15.7', '26.2'].map((version) => ({ version, build: '25C56' }));

  it('X14 one that says the same a day later is believed, whatever its dates, and whatever came in between', () => {
    const few = (posted: string): Lists => ({ open: majors.slice(3).map((one) => ({ ...one, posted })) });
    const decision = feed.decide(read(few('2026-09-01'), SECOND), given(changed({ open: majors }, FIRST)).state);
    const [doubted] = decision.kind === 'accepted' ? decision.events : [];
    if (!doubted) throw new Error('not refused');
    const history = given(changed({ open: majors }, FIRST), doubted);
    history.when(read(few('2026-09-02'), at('2026-09-03T17:59:59Z'))).thenNothing();
    history.when(read(few('2026-09-02'), THIRD)).then(changed(few('2026-09-02'), THIRD));
    given(changed({ open: majors }, FIRST), doubted, refused(SECOND))
      .when(read(few('2026-09-02'), THIRD))
      .then(changed(few('2026-09-02'), THIRD));
    history
      .when(read({ open: majors.slice(3), assets: [v2] }, THIRD))
      .thenMatching(([event]) => expect(event).toMatchObject({ type: 'FeedRefused', reason: 'truncated' }));
  });

  it('X14 a list that lost most of its majors is refused as well', () => {
    given(changed({ open: majors }, FIRST))
      .when(read({ open: majors.slice(3) }, SECOND))
      .thenMatching(([event]) =>
        expect(event).toMatchObject({ type: 'FeedRefused', reason: 'truncated', detail: '/PublicAssetSets/macOS' }),
      );
  });

  it('is whole again with the next good body, also when that says nothing new', () => {
    const again = changed({ open: [v1] }, THIRD);
    given(changed({ open: [v1] }, FIRST), refused(SECOND))
      .when(read({ open: [v1] }, THIRD))
      .then(again);
    expect(given(changed({ open: [v1] }, FIRST), refused(SECOND), again).state.refused).toBeUndefined();
    given(changed({ open: [v1] }, FIRST), refused(SECOND), again)
      .when(readText(EMPTY_BODY, THIRD))
      .then(refused(THIRD));
  });

  it('passes over a body that is older than the newest', () => {
    given(changed({ open: [v2] }, SECOND))
      .when(read({ open: [v1] }, FIRST))
      .thenNothing();
    given(refused(SECOND))
      .when(read({ open: [v1] }, FIRST))
      .thenNothing();
  });

  it('leaves events of others alone', () =>
    expect(given({ type: 'ReleaseLeftAll', version: '26.2', build: '25C56', os: '26', left: FIRST }).state).toEqual(
      feed.initial,
    ));
});
