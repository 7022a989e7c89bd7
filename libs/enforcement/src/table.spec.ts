import { describe, expect, it } from '@jest/globals';
import { evaluate } from './evaluate.js';
import { plan } from './plan.js';
import type { DeviceFacts, Settings } from './plan-input.js';
import { DECISION_TABLE, MECHANISMS } from './table.js';
import { byPolicy, catalogue, input } from './testing/index.js';

/** What the table says for a Mac on `version` under an item for `os` whose floor is the newest release of that major. */
const ruling = (architecture: string, osVersion: string, os: string, settings: Settings = {}): string => {
  const newest = catalogue.filter(({ version }) => version === os || version.startsWith(`${os}.`)).at(-1);
  const evaluation = evaluate(
    input({
      device: { architecture, osVersion },
      item: { os, enforcement: byPolicy(newest?.version ?? `${os}.99`) },
      releases: catalogue,
      settings,
    }),
  );
  const steps =
    'steps' in evaluation ? evaluation.steps.map(({ mechanism, version }) => `${mechanism} ${version}`) : [];
  return [evaluation.row, evaluation.reason ?? evaluation.status, ...steps].join(' | ');
};

describe('rows 5 to 16 at every edge, Apple silicon (S5 S6 S7 S9 S11 S18 S27 S28)', () => {
  it.each([
    ['10.15.7', '11', '5 | bootstrap_token_updates_broken'],
    ['11.0', '11', '5 | bootstrap_token_updates_broken'],
    ['11.3.1', '11', '5 | bootstrap_token_updates_broken'],
    ['11.3.1', '12', '5 | bootstrap_token_updates_broken'],
    ['11.4', '11', '9 | due | mdm_download_install 11.7.10'],
    ['11.4', '12', '11 | due | mdm_download_install 11.7.10 | mdm_install_asap 12.7.6'],
    ['11.4.1', '27', '11 | due | mdm_download_install 11.7.10 | mdm_install_asap 27.0.1'],
    ['11.5', '11', '9 | due | mdm_download_install 11.7.10'],
    ['11.5', '12', '10 | due | mdm_install_asap 12.7.6'],
    ['11.5.2', '12', '10 | due | mdm_install_asap 12.7.6'],
    ['11.6', '13', '10 | due | mdm_install_asap 13.7.8'],
    ['12.0.1', '12', '9 | due | mdm_download_install 12.7.6'],
    ['12.3', '27', '10 | due | mdm_install_asap 27.0.1'],
    ['13.7.8', '14', '10 | due | mdm_install_asap 14.8.1'],
    ['14.0', '14', '8 | due | ddm_enforcement 14.8.1'],
    ['14.0', '15', '8 | due | ddm_enforcement 15.8.1'],
    ['15.8.1', '26', '8 | due | ddm_enforcement 26.7.1'],
    ['26.7.1', '27', '8 | due | ddm_enforcement 27.0.1'],
    ['27.0', '27', '8 | due | ddm_enforcement 27.0.1'],
  ])('%s under an item for %s', (version, os, expected) => expect(ruling('arm64', version, os)).toBe(expected));
});

describe('rows 4 to 16 at every edge, Intel (S5 S6 S7 S10 S18 S30 S34 S36 S37 S39)', () => {
  it.each([
    ['10.12.6', '10.13', '6 | os_too_old'],
    ['10.12.6', '11', '6 | os_too_old'],
    ['10.13', '10.13', '12 | due | combo_package 10.13.6'],
    ['10.13', '10.14', '13 | due | startosinstall 10.14.6'],
    ['10.15', '10.15', '12 | due | combo_package 10.15.7'],
    ['10.15.7', '11', '13 | due | startosinstall 11.7.10'],
    ['11.0', '11', '7 | update_tools_broken'],
    ['11.0.1', '12', '7 | update_tools_broken'],
    ['11.1', '11', '7 | update_tools_broken'],
    ['11.2', '11', '14 | due | softwareupdate_cli 11.7.10'],
    ['11.2', '12', '15 | due | startosinstall 12.7.6'],
    ['11.2.3', '11', '14 | due | softwareupdate_cli 11.7.10'],
    ['11.3.1', '11', '14 | due | softwareupdate_cli 11.7.10'],
    ['11.4', '11', '16 | due | mdm_download_install 11.7.10'],
    ['11.4', '12', '15 | due | startosinstall 12.7.6'],
    ['12.3', '12', '16 | due | mdm_download_install 12.7.6'],
    ['13.7', '13', '16 | due | mdm_download_install 13.7.8'],
    ['13.7.8', '14', '15 | due | startosinstall 14.8.1'],
    ['14.0', '14', '8 | due | ddm_enforcement 14.8.1'],
    ['15.8.1', '26', '8 | due | ddm_enforcement 26.7.1'],
    ['26.7.1', '27', '4 | hardware_unsupported'],
    ['12.3', '27', '4 | hardware_unsupported'],
  ])('%s under an item for %s', (version, os, expected) => expect(ruling('x86_64', version, os)).toBe(expected));
});

describe('settings that change a row (Q3, Q16)', () => {
  it.each([
    ['x86_64', '11.1', '11', { rescueWithFullInstaller: true }, '7b | due | startosinstall 11.7.10'],
    ['x86_64', '11.1', '12', { rescueWithFullInstaller: true }, '7b | due | startosinstall 12.7.6'],
    ['arm64', '11.4', '12', { twoStepUpgrade: false }, '11 | minor_update_required_first'],
    ['arm64', '11.4', '11', { twoStepUpgrade: false }, '9 | due | mdm_download_install 11.7.10'],
    ['arm64', '11.5', '12', { twoStepUpgrade: false }, '10 | due | mdm_install_asap 12.7.6'],
  ])('%s %s under %s with %j', (architecture, version, os, settings, expected) =>
    expect(ruling(architecture, version, os, settings)).toBe(expected),
  );
});

describe('what a mechanism needs decides whether the Mac is blocked', () => {
  const standing = (device: DeviceFacts, os: string): string => {
    const { status, reason } = plan(input({ device, item: { os, enforcement: byPolicy(`${os}.99`) }, releases: [] }));
    return reason ?? status;
  };
  const nothing = { supervised: false, mdmEnrolled: false, agentInstalled: false, bootstrapTokenEscrowed: false };
  const silicon = { architecture: 'arm64', osVersion: '12.3' };
  const intel = { architecture: 'x86_64', osVersion: '12.3' };
  it.each<[string, DeviceFacts, string, string]>([
    ['row 9: enrolled first', { ...silicon, ...nothing }, '12', 'not_enrolled'],
    ['row 9: then supervised', { ...silicon, ...nothing, mdmEnrolled: true }, '12', 'not_supervised'],
    ['row 9: then a token', { ...silicon, bootstrapTokenEscrowed: false }, '12', 'bootstrap_token_missing'],
    ['row 9: never an agent', { ...silicon, agentInstalled: false }, '12', 'due'],
    ['row 10: a token', { ...silicon, bootstrapTokenEscrowed: false }, '13', 'bootstrap_token_missing'],
    ['row 16: no token on Intel', { ...intel, bootstrapTokenEscrowed: false }, '12', 'due'],
    ['row 16: supervised', { ...intel, supervised: false }, '12', 'not_supervised'],
    ['row 15: only an agent', { ...intel, ...nothing }, '13', 'agent_missing'],
    ['row 15: with an agent', { ...intel, ...nothing, agentInstalled: true }, '13', 'due'],
    [
      'row 8: a token',
      { ...silicon, osVersion: '14.2', bootstrapTokenEscrowed: false },
      '14',
      'bootstrap_token_missing',
    ],
  ])('%s', (_, device, os, expected) => expect(standing(device, os)).toBe(expected));
});

describe('the table as data', () => {
  it('S11 the upgrade of Apple silicon is never cached before', () =>
    expect(MECHANISMS.mdm_install_asap.preCache).toBe(false));

  it('S29 softwareupdate is never used on Apple silicon', () => {
    const used = DECISION_TABLE.filter(({ then }) => 'mechanism' in then && then.mechanism === 'softwareupdate_cli');
    expect(used.map(({ when }) => when.architecture)).toEqual(['x86_64']);
  });
});
