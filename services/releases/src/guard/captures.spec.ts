import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { capturedAt } from '@managed-os/apple-mdm';
import { announcements, loadCatalogue } from '../catalogue/catalogue.js';
import { releaseDataFolder } from '../catalogue/compile/config.js';
import { play, type Played } from '../testing/played.js';

const folder = releaseDataFolder();
const withData = folder === undefined ? describe.skip : describe;
withData('two years of captures (skipped without them: MOS_RELEASE_DATA=<folder>)', () => {
  const history = path.join(folder ?? '', 'gdmf-history');
  const playAll = async (to: Played, answer: boolean): Promise<void> => {
    for (const name of (await readdir(history)).sort()) {
      const seen = capturedAt(name);
      if (!seen) throw new Error(name);
      await to.takeBytes(name, seen, await readFile(path.join(history, name)));
      if (answer) for (const id of await to.proposalIds()) await to.assess(id, 0);
    }
  };

  it('X14 raise no alert beside the catalogue, and make nobody wait', async () => {
    const all = announcements(await loadCatalogue());
    const years = play('2026-08-22T18:45Z', all);
    await playAll(years, false);
    const said = await years.linesAfter(0);
    expect(said.filter((line) => line.startsWith('ReleaseProposed') || line.startsWith('ProposalQuarantined'))).toEqual(
      [],
    );
    expect(said.filter((line) => line.startsWith('FeedRefused'))).toEqual(['FeedRefused empty']);
    expect(said.filter((line) => line.startsWith('ReleaseLeftAll')).length).toBeGreaterThan(60);
    expect(years.logged).toHaveLength(1);
  });

  it('X14 S61 announce every public build by themselves, with the days of the history', async () => {
    const years = play('2026-08-22T18:45Z');
    await playAll(years, true);
    const dates = new Map(announcements(await loadCatalogue()).map((one) => [`${one.version} ${one.build}`, one]));
    const announced = (await years.events()).filter((event) => event.type === 'ReleaseAnnounced');
    expect(announced).toHaveLength(62);
    for (const { version, build, kind, released, supportedDevices } of announced) {
      const known = dates.get(`${version} ${build}`);
      expect(`${version} ${kind}`).toBe(`${version} ${known?.kind}`);
      expect(known?.supportedDevices).toEqual(expect.arrayContaining([...supportedDevices]));
      if (!['11.7.10', '26.0.1'].includes(version))
        expect(`${version} ${released}`).toBe(`${version} ${known?.released}`);
    }
    expect((await years.linesAfter(0)).filter((line) => line.startsWith('ProposalQuarantined'))).toEqual([]);
  });
});
