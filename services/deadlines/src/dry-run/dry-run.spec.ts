import { describe, expect, it } from '@jest/globals';
import type { Item, Release } from '@managed-os/enforcement';
import { automatically, byPolicy, mac, release } from '@managed-os/enforcement/testing';
import { at } from '../testing/looked.js';
import { type Catalogued, type DryRun, dryRunOf, type Observed } from './dry-run.js';

const MAC = '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11';
const known = (from: string, facts: Observed['device'] = {}): Observed => ({ from: at(from), device: mac(facts) });
const automatic: Item = { os: '12', enforcement: automatically({ clock: { zone: 'UTC' } }) };
const announced = (from: string, releases: readonly Release[], item = automatic): Catalogued => ({
  from: at(from),
  releases,
  item,
});

const r122 = release('12.2', '2022-01-26');
const r123 = release('12.3', '2022-03-14');
const run = (change: Partial<DryRun> = {}): DryRun => ({
  settings: {},
  since: at('2022-01-01T00:00Z'),
  until: at('2022-06-01T00:00Z'),
  catalogue: [
    announced('2022-01-01T00:00Z', []),
    announced('2022-01-26T17:00Z', [r122]),
    announced('2022-03-14T17:00Z', [r122, r123]),
  ],
  ...change,
});

describe('X5 had this policy been on since then', () => {
  it('forces a Mac at each deadline, from the version that the one before left', () =>
    expect(dryRunOf(MAC, [known('2021-12-01T00:00Z')], run())).toEqual({
      forced: [
        {
          deviceId: MAC,
          at: '2022-02-09T14:00:00.000Z',
          ...{ version: '12.2', openedBy: '12.2', deadline: '2022-02-09T14:00:00.000Z' },
          ...{ mechanism: 'mdm_download_install', target: '12.2' },
        },
        expect.objectContaining({ at: '2022-03-28T14:00:00.000Z', version: '12.3', target: '12.3' }),
      ],
      prevented: [],
    }));

  it('forces at once what was overdue at its beginning', () =>
    expect(
      dryRunOf(
        MAC,
        [known('2021-12-01T00:00Z')],
        run({ since: at('2022-05-01T00:00Z'), catalogue: [announced('2022-05-01T00:00Z', [r122, r123])] }),
      ).forced,
    ).toEqual([expect.objectContaining({ at: '2022-05-01T00:00:00.000Z', version: '12.2', target: '12.3' })]));

  it('names a Mac that the item never suits once, not for each release', () =>
    expect(
      dryRunOf(MAC, [known('2021-12-01T00:00Z', { architecture: 'x86_64', osVersion: '11.1' })], run()),
    ).toMatchObject({
      forced: [],
      prevented: [{ deviceId: MAC, version: '12', reason: 'update_tools_broken' }],
    }));

  it('leaves a Mac alone that was updated in time', () => {
    const history = [known('2021-12-01T00:00Z'), known('2022-02-01T00:00Z', { osVersion: '12.2' })];
    expect(dryRunOf(MAC, [...history, known('2022-03-20T00:00Z', { osVersion: '12.3' })], run())).toEqual({
      forced: [],
      prevented: [],
    });
  });

  it('knows a Mac from its first facts on, and nothing of the time before', () =>
    expect(dryRunOf(MAC, [known('2022-02-20T08:00Z')], run()).forced[0]).toMatchObject({
      at: '2022-02-20T08:00:00.000Z',
      deadline: '2022-02-09T14:00:00.000Z',
    }));

  it('says of a Mac that could not what was in the way, and forces it when that is gone', () => {
    const history = [known('2021-12-01T00:00Z', { bootstrapTokenEscrowed: false }), known('2022-02-20T08:00Z')];
    const { forced, prevented } = dryRunOf(MAC, history, run({ until: at('2022-03-01T00:00Z') }));
    expect(prevented).toEqual([
      { deviceId: MAC, at: '2022-02-09T14:00:00.000Z', version: '12.2', reason: 'bootstrap_token_missing' },
    ]);
    expect(forced.map(({ at: when }) => when)).toEqual(['2022-02-20T08:00:00.000Z']);
  });

  it('forces nobody after its end, and nobody by a policy that asks for what is there', () => {
    const history = [known('2021-12-01T00:00Z')];
    expect(dryRunOf(MAC, history, run({ until: at('2022-02-09T14:00Z') })).forced).toEqual([]);
    const item = { os: '12', enforcement: byPolicy('12.1') };
    const catalogue = [announced('2022-01-01T00:00Z', [r122], item)];
    expect(dryRunOf(MAC, history, run({ catalogue })).forced).toEqual([]);
  });

  it('a Mac that says a version which is none is left out from then on, and nobody else', () => {
    const history = [known('2021-12-01T00:00Z'), known('2022-03-01T00:00Z', { osVersion: 'unknown' })];
    expect(dryRunOf(MAC, history, run()).forced.map(({ version }) => version)).toEqual(['12.2']);
  });

  it('the same history and policy give the same report', () => {
    const history = [known('2021-12-01T00:00Z')];
    expect(dryRunOf(MAC, history, run())).toEqual(dryRunOf(MAC, history, run()));
  });
});
