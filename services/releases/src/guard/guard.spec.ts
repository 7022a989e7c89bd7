import { beforeEach, describe, expect, it } from '@jest/globals';
import { EMPTY_BODY } from '../testing/feed-bodies.js';
import { announcement, at, play, type Played } from '../testing/played.js';

const v1 = { version: '26.1', build: '25B78' };
const v2 = { version: '26.2', build: '25C56' };
const v3 = { version: '26.3', build: '25D125' };
const other = { version: '15.7', build: '24G222' };
const GOOD = { open: [v2, other], assets: [v1] };

let feed: Played;
let before: number;
/** The catalogue knows what the first body says. */
beforeEach(async () => {
  feed = play('2026-09-20T18:00Z');
  await feed.announce(...[v1, v2, other].map(({ version, build }) => announcement(version, build)));
  await feed.read(GOOD);
  before = (await feed.events()).length;
});
const lines = () => feed.linesAfter(before);
const tomorrow = () => feed.clock.advance(86_400_000);

describe('the guard of the feed (X14)', () => {
  it('asks nothing when the feed says what is known', async () => {
    expect((await feed.linesAfter(0)).filter((line) => line.startsWith('Proposal'))).toEqual([]);
    tomorrow();
    await feed.read(GOOD);
    await feed.guard.runOnce();
    expect(await lines()).toEqual([]);
  });

  it('X14 a new release counts once whoever knows the Macs says that few of them flip', async () => {
    tomorrow();
    await feed.read({ open: [v3, other], assets: [v2, v1] });
    expect(await lines()).toEqual([
      'ProposalAccepted left_public 26.2 routine',
      'ReleaseProposed release_added 26.3',
      'ReleaseLeftPublic 26.2',
    ]);
    const [proposalId = ''] = await feed.proposalIds();
    await feed.assess(proposalId, 3);
    expect((await lines()).slice(3)).toEqual([
      'ProposalAccepted release_added 26.3 small_impact',
      'ReleaseAnnounced 26.3',
    ]);
    const announced = (await feed.events()).findLast(({ type }) => type === 'ReleaseAnnounced');
    expect(announced).toMatchObject({
      firstSeen: '2026-09-21T18:00:00.000Z',
      released: '2026-09-01',
      installer: false,
    });
    await feed.assess(proposalId, 3);
    tomorrow();
    await feed.read({ open: [v3, other], assets: [v2, v1] });
    expect(await lines()).toHaveLength(5);
  });

  it('X14 one that flips too many waits for a person, with one alert', async () => {
    tomorrow();
    await feed.read({ open: [v2, v3, other], assets: [v1] });
    const [proposalId = ''] = await feed.proposalIds();
    await feed.assess(proposalId, 101);
    await feed.assess(proposalId, 101);
    expect(feed.logged).toEqual([
      expect.objectContaining({
        facts: expect.objectContaining({ proposalId, reasons: ['large_impact'], macs: 101, version: '26.3' }),
      }),
    ]);
    tomorrow();
    await feed.read({ open: [v2, v3, other], assets: [v1] });
    expect(feed.logged).toHaveLength(1);
    expect(await lines()).toEqual([
      'ReleaseProposed release_added 26.3',
      'ProposalQuarantined release_added 26.3 large_impact',
    ]);
    await feed.decide(proposalId, { type: 'Approve' });
    expect((await lines()).slice(2)).toEqual(['ProposalAccepted release_added 26.3 approved', 'ReleaseAnnounced 26.3']);
  });

  it('X14 without an answer in 10 minutes it waits for a person', async () => {
    tomorrow();
    await feed.read({ open: [v2, v3, other], assets: [v1] });
    expect(await feed.guard.runOnce()).toBe('2026-09-21T18:10:00.000Z');
    feed.clock.moveTo(at('2026-09-21T18:09:59Z'));
    await feed.guard.runOnce();
    expect(await lines()).toHaveLength(1);
    feed.clock.moveTo(at('2026-09-21T18:10:00Z'));
    expect(await feed.guard.runOnce()).toBeUndefined();
    expect((await lines()).slice(1)).toEqual(['ProposalQuarantined release_added 26.3 no_answer']);
    expect(feed.logged).toHaveLength(1);
  });

  it.each([
    ['a release vanishes', { open: [other], assets: [v1] }, 'left_all 26.2 vanished'],
    ['a major vanishes', { open: [other] }, 'left_all 26.2 vanished'],
    ['a release goes back to the one before', { open: [v1, other], assets: [v2] }, 'left_public 26.2 vanished'],
    [
      'a date moves back',
      { open: [{ ...v2, posted: '2026-01-01' }, other], assets: [v1] },
      'moved_back 26.2 moved_back',
    ],
    [
      'a model disappears',
      { open: [{ ...v2, devices: 'A' }, other], assets: [v1] },
      'devices_removed 26.2 devices_removed',
    ],
  ])('X14 %s: quarantined at once, one alert, nothing counts', async (_, lists, expected) => {
    tomorrow();
    await feed.read(lists);
    tomorrow();
    await feed.read(lists);
    await feed.guard.runOnce();
    const [change, version] = expected.split(' ');
    expect((await lines()).filter((line) => !line.includes('26.1'))).toEqual([
      `ReleaseProposed ${change} ${version}`,
      `ProposalQuarantined ${expected}`,
    ]);
    expect(feed.logged).toHaveLength(1);
    expect((await lines()).some((line) => /^Release(Announced|Devices|Left)/.test(line))).toBe(false);
  });

  it('X14 the empty body of a bad day is refused and leads to nothing', async () => {
    tomorrow();
    await feed.read(EMPTY_BODY);
    tomorrow();
    await feed.read(EMPTY_BODY);
    await feed.read(GOOD);
    expect(await lines()).toEqual(['FeedRefused empty']);
    expect(feed.logged).toHaveLength(1);
  });

  it('X14 an open proposal ends when the feed itself goes back, and may be made anew', async () => {
    const bad = { open: [{ ...v2, devices: 'A' }, other], assets: [v1] };
    const ask = ['ReleaseProposed devices_removed 26.2', 'ProposalQuarantined devices_removed 26.2 devices_removed'];
    tomorrow();
    await feed.read(bad);
    tomorrow();
    await feed.read(GOOD);
    tomorrow();
    await feed.read(bad);
    expect(await lines()).toEqual([...ask, 'ProposalWithdrawn devices_removed 26.2', ...ask]);
    expect(new Set(await feed.proposalIds()).size).toBe(2);
  });

  it('X14 what a person rejected is not proposed again', async () => {
    const bad = { open: [{ ...v2, devices: 'A' }, other], assets: [v1] };
    tomorrow();
    await feed.read(bad);
    const [proposalId = ''] = await feed.proposalIds();
    await feed.decide(proposalId, { type: 'Reject', reason: 'a mistake' });
    for (const lists of [bad, { ...bad, assets: [] }, bad]) {
      tomorrow();
      await feed.read(lists);
    }
    await feed.guardOn().runOnce();
    expect((await lines()).slice(2)).toEqual([
      'ProposalRejected devices_removed 26.2',
      'ProposalAccepted left_all 26.1 routine',
      'ReleaseLeftAll 26.1',
      'ProposalAccepted returned_all 26.1 routine',
      'ReleaseReturned 26.1',
    ]);
  });

  it('X14 a rejection ends when the feed takes back what was rejected', async () => {
    const bad = { open: [{ ...v2, devices: 'A' }, other], assets: [v1] };
    tomorrow();
    await feed.read(bad);
    const [proposalId = ''] = await feed.proposalIds();
    await feed.decide(proposalId, { type: 'Reject', reason: 'a mistake' });
    for (const lists of [GOOD, bad]) {
      tomorrow();
      await feed.read(lists);
    }
    await feed.guardOn().runOnce();
    expect((await lines()).slice(3)).toEqual([
      'ReleaseProposed devices_removed 26.2',
      'ProposalQuarantined devices_removed 26.2 devices_removed',
    ]);
    expect(feed.logged).toHaveLength(2);
  });

  it('X14 a build whose leaving was rejected leaves once newer ones replace it', async () => {
    tomorrow();
    await feed.read({ open: [other], assets: [v1] });
    const [proposalId = ''] = await feed.proposalIds();
    await feed.decide(proposalId, { type: 'Reject', reason: 'a mistake' });
    tomorrow();
    await feed.read({ open: [v3, other], assets: [v1] });
    expect(await lines()).toEqual(
      expect.arrayContaining(['ProposalAccepted left_all 26.2 routine', 'ReleaseLeftAll 26.2']),
    );
  });

  it('X14 of Macs that disappear after a rejection only these are asked', async () => {
    const asked = async () =>
      (await feed.events()).flatMap((event) =>
        event.type === 'ReleaseProposed' ? [[event.change?.devices, event.change?.supportedDevices]] : [],
      );
    await feed.announce(announcement('26.3', '25D125', { supportedDevices: ['A', 'B', 'C'] }));
    const of = (devices: string) => ({ open: [v2, { ...v3, devices }, other], assets: [v1] });
    await feed.read(of('A B C'));
    tomorrow();
    await feed.read(of('B C'));
    const [proposalId = ''] = await feed.proposalIds();
    await feed.decide(proposalId, { type: 'Reject', reason: 'a mistake' });
    tomorrow();
    await feed.read(of('C'));
    expect(await asked()).toEqual([
      [['A'], ['B', 'C']],
      [['B'], ['A', 'C']],
    ]);
    for (const id of (await feed.proposalIds()).slice(1)) await feed.decide(id, { type: 'Approve' });
    expect((await lines()).at(-1)).toBe('ReleaseDevicesChanged 26.3 + -B');
    tomorrow();
    await feed.read(of('A C'));
    tomorrow();
    await feed.read(of('C'));
    expect((await asked()).slice(2)).toEqual([[['A'], ['C']]]);
  });

  it('leaves the public list as well when it came back to it before it left all lists', async () => {
    await feed.announce(announcement('26.3', '25D125'));
    const [both, one] = [{ open: [v2, v3, other] }, { open: [v3, other] }].map((lists) => ({ ...lists, assets: [v1] }));
    if (!both || !one) throw new Error('no lists');
    before = (await feed.events()).length;
    for (const lists of [{ ...one, assets: [v2, v1] }, both, one]) {
      tomorrow();
      await feed.read(lists);
    }
    expect((await lines()).filter((line) => line.startsWith('Release'))).toEqual([
      'ReleaseLeftPublic 26.2',
      'ReleaseReturned 26.2',
      'ReleaseLeftPublic 26.2',
      'ReleaseLeftAll 26.2',
    ]);
  });

  it('a build that was among the assets only leaves no public list', async () => {
    tomorrow();
    await feed.read({ open: [v2, other] });
    expect(await lines()).toEqual(['ProposalAccepted left_all 26.1 routine', 'ReleaseLeftAll 26.1']);
  });

  it.each(['2026-09-01', '2026-09-15'])(
    'X14 S61 a date that Apple corrects to %s ends its question',
    async (corrected) => {
      tomorrow();
      await feed.read({ open: [{ ...v2, posted: '2026-01-01' }, other], assets: [v1] });
      tomorrow();
      await feed.read({ open: [{ ...v2, posted: corrected }, other], assets: [v1] });
      expect((await lines()).slice(2)).toEqual(['ProposalWithdrawn moved_back 26.2']);
    },
  );

  it('X14 a list without most of its majors is taken when it says the same a day later, and every major that vanished is asked', async () => {
    const majors = ['13.7', '14.8', '15.8'].map((version) => ({ version, build: '22H1' }));
    await feed.announce(...majors.map(({ version, build }) => announcement(version, build)));
    await feed.read({ open: [v2, ...majors], assets: [v1] });
    before = (await feed.events()).length;
    for (const hours of [24, 1, 23]) {
      feed.clock.advance(hours * 3_600_000);
      await feed.read({ open: [v2], assets: [v1] });
    }
    expect(await lines()).toEqual([
      'FeedRefused truncated',
      ...majors.flatMap(({ version }) => [
        `ReleaseProposed left_all ${version}`,
        `ProposalQuarantined left_all ${version} vanished`,
      ]),
    ]);
  });

  it('X14 a question about a build ends when a successor makes it routine', async () => {
    tomorrow();
    await feed.read({ open: [other], assets: [v1] });
    tomorrow();
    await feed.read({ open: [v3, other], assets: [v1] });
    expect((await lines()).slice(2)).toEqual([
      'ProposalWithdrawn left_all 26.2',
      'ReleaseProposed release_added 26.3',
      'ProposalAccepted left_all 26.2 routine',
      'ReleaseLeftPublic 26.2',
      'ReleaseLeftAll 26.2',
    ]);
  });

  it('S61 an approved earlier date, and approved Macs, count from then on', async () => {
    tomorrow();
    await feed.read({ open: [{ ...v2, devices: 'A', posted: '2026-08-01' }, other], assets: [v1] });
    for (const proposalId of await feed.proposalIds()) await feed.decide(proposalId, { type: 'Approve' });
    expect((await lines()).filter((line) => line.startsWith('Release') && !line.startsWith('ReleaseProposed'))).toEqual(
      ['ReleaseAnnounced 26.2', 'ReleaseDevicesChanged 26.2 + -B'],
    );
    expect((await feed.events()).findLast(({ type }) => type === 'ReleaseAnnounced')).toMatchObject({
      released: '2026-08-01',
    });
    tomorrow();
    await feed.read({ open: [{ ...v2, devices: 'A', posted: '2026-09-20' }, other], assets: [v1] });
    expect((await lines()).filter((line) => line.startsWith('ReleaseProposed'))).toHaveLength(2);
  });

  it('a build that comes back is told so, and leaves again', async () => {
    const away = { open: [{ ...v3 }, other], assets: [v2, v1] };
    await feed.announce(announcement('26.3', '25D125'));
    before = (await feed.events()).length;
    for (const lists of [away, { open: [v2, v3, other], assets: [v1] }, away]) {
      tomorrow();
      await feed.read(lists);
    }
    expect(await lines()).toEqual([
      'ProposalAccepted left_public 26.2 routine',
      'ReleaseLeftPublic 26.2',
      'ProposalAccepted returned_public 26.2 routine',
      'ReleaseReturned 26.2',
      'ProposalAccepted left_public 26.2 routine',
      'ReleaseLeftPublic 26.2',
    ]);
  });

  it('a build that comes back among the assets only can be installed again, and nobody is offered it', async () => {
    await feed.announce(announcement('26.3', '25D125'));
    before = (await feed.events()).length;
    for (const assets of [[v1], [v2, v1], [v1], [v2, v1]]) {
      tomorrow();
      await feed.read({ open: [v3, other], assets });
    }
    const back = ['ProposalAccepted returned_all 26.2 routine', 'ReleaseReturned 26.2'];
    expect(await lines()).toEqual([
      ...['ProposalAccepted left_all 26.2 routine', 'ReleaseLeftPublic 26.2', 'ReleaseLeftAll 26.2', ...back],
      ...['ProposalAccepted left_all 26.2 routine', 'ReleaseLeftAll 26.2', ...back],
    ]);
    expect((await feed.events()).filter(({ type }) => type === 'ReleaseReturned')).toMatchObject([
      { to: 'all' },
      { to: 'all' },
    ]);
  });

  it('does everything once, however many replicas there are, and when one begins anew', async () => {
    tomorrow();
    const [second, third] = [feed.guardOn(), feed.guardOn()];
    const lists = { open: [v3, { ...other, devices: 'A' }], assets: [v2, v1] };
    await Promise.all([feed.guard, second, third].map((guard) => feed.read(lists, 'same.json', guard)));
    const [proposalId = ''] = await feed.proposalIds();
    await feed.decide(proposalId, { type: 'Approve' });
    for (const proposal of await feed.proposalIds()) await feed.assess(proposal, 0);
    await Promise.all([second.runOnce(), third.runOnce(), feed.guardOn().runOnce()]);
    const all = await lines();
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain('ReleaseAnnounced 26.3');
    expect(all).toContain('ReleaseDevicesChanged 15.7 + -B');
    expect(feed.logged).toHaveLength(1);
  });

  it('carries out what was accepted when it was killed in between, once', async () => {
    tomorrow();
    await feed.read({ open: [v2, v3, other], assets: [v1] });
    const [proposalId = ''] = await feed.proposalIds();
    // Decided by another replica, which does not live to see what comes of it.
    await feed.decideOnly(proposalId, { type: 'Assessed', macs: 10, flipped: 0, threshold: { percent: 10, macs: 25 } });
    expect((await lines()).at(-1)).toBe('ProposalAccepted release_added 26.3 small_impact');
    await feed.guardOn().runOnce();
    await feed.guardOn().runOnce();
    expect((await lines()).slice(-2)).toEqual([
      'ProposalAccepted release_added 26.3 small_impact',
      'ReleaseAnnounced 26.3',
    ]);
  });

  it.each([
    ['Macs that disappear', { open: [{ ...v2, devices: 'A' }, other], assets: [v1] }, false],
    ['a new release', { open: [v2, v3, other], assets: [v1] }, true],
  ])('X14 %s, approved after the feed changed elsewhere, are no second question', async (_, lists, isAssessed) => {
    tomorrow();
    await feed.read(lists);
    const [proposalId = ''] = await feed.proposalIds();
    if (isAssessed) await feed.assess(proposalId, 101);
    tomorrow();
    await feed.read({ ...lists, assets: [v1, { version: '26.0', build: '25A1' }] });
    await feed.decide(proposalId, { type: 'Approve' });
    expect(await feed.proposalIds()).toEqual([proposalId]);
    expect(feed.logged).toHaveLength(1);
  });

  it.each([false, true])('X14 nor after a restart in between; the release was told before it: %s', async (isTold) => {
    const lists = { open: [v2, v3, other], assets: [v1] };
    tomorrow();
    await feed.read(lists);
    feed.clock.advance(60_000);
    await feed.read({ ...lists, assets: [v1, { version: '26.0', build: '25A1' }] });
    const [proposalId = ''] = await feed.proposalIds();
    await feed.decideOnly(proposalId, { type: 'Assessed', macs: 10, flipped: 0, threshold: { percent: 10, macs: 25 } });
    if (isTold) await feed.guard.runOnce();
    await feed.guardOn().runOnce();
    expect(await feed.proposalIds()).toEqual([proposalId]);
    expect((await lines()).filter((line) => line === 'ReleaseAnnounced 26.3')).toHaveLength(1);
  });

  it('names what each event came of', async () => {
    tomorrow();
    await feed.read({ open: [v2, v3, other], assets: [v1] });
    const [proposalId = ''] = await feed.proposalIds();
    await feed.assess(proposalId, 0);
    const log = (await feed.store.readLog(0n, 1_000)).map(({ envelope }) => envelope);
    const of = (type: string) => log.findLast(({ data }) => data.type === type);
    expect(of('ReleaseProposed')?.causationId).toBe(of('FeedChanged')?.id);
    expect(of('ReleaseAnnounced')?.causationId).toBe(of('ProposalAccepted')?.id);
  });

  it('follows the log for the life of the service, and wakes when an answer is due', async () => {
    const running = new AbortController();
    const done = feed.guard.run(running.signal);
    tomorrow();
    await feed.read({ open: [v2, v3, other], assets: [v1] });
    const until = async (line: string): Promise<void> => {
      while (!(await lines()).includes(line)) await new Promise(setImmediate);
    };
    await until('ReleaseProposed release_added 26.3');
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    feed.clock.advance(600_000);
    await until('ProposalQuarantined release_added 26.3 no_answer');
    running.abort();
    await done;
  });
});
