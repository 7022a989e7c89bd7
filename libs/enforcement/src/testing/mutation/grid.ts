import { OS_MAJORS } from '@managed-os/kernel';
import { type Evaluation, evaluatorOf } from '../../evaluate.js';
import type { DeviceFacts, PlanInput, Release } from '../../plan-input.js';
import { DECISION_TABLE, MECHANISMS } from '../../table.js';
import { majorCode, versionCode } from '../../version-code.js';
import { byPolicy } from '../inputs.js';
import { type Mutant, patchAbove, patchBelow } from './mutants.js';

const entry = (version: string): Release => ({ version, build: `B${version}`, released: '2022-01-01', kind: 'minor' });

const WHOLE: readonly Release[] = OS_MAJORS.flatMap((os) => [entry(`${os}.100`), entry(`${os}.101`)]);

type Abilities = Pick<DeviceFacts, 'mdmEnrolled' | 'supervised' | 'bootstrapTokenEscrowed' | 'agentInstalled'>;

const inputsFor = (catalogue: readonly Release[], abilities: Abilities): readonly PlanInput[] =>
  flags('rescueWithFullInstaller', 'twoStepUpgrade').flatMap((settings) =>
    ['arm64', 'x86_64'].flatMap((architecture) =>
      versions().flatMap((osVersion) =>
        OS_MAJORS.filter((os) => majorCode(versionCode(osVersion)) <= versionCode(os)).map((os) => ({
          now: '2022-09-01T12:00:00Z',
          device: { architecture, osVersion, ...abilities },
          item: { os, enforcement: byPolicy(`${os}.100`) },
          releases: catalogue,
          settings,
        })),
      ),
    ),
  );

/**
 * One input for every situation that the table can tell apart: a version at each bound, right below it and right above it,
 * and one within each major, under an item of each major, on both architectures, under each setting, with catalogues that
 * differ in what a step can choose. Nothing else is looked at, and no mutant has another bound; so two tables that agree
 * here agree everywhere.
 */
const situations = (): readonly PlanInput[] => catalogues().flatMap((catalogue) => inputsFor(catalogue, {}));

/** The same with and without each thing that a mechanism may need; a need looks at nothing of the catalogue. */
const situationsInNeed = (): readonly PlanInput[] =>
  flags('mdmEnrolled', 'supervised', 'bootstrapTokenEscrowed', 'agentInstalled').flatMap((abilities) =>
    inputsFor(WHOLE, abilities),
  );

const flags = <K extends string>(...names: readonly K[]): readonly Readonly<Record<K, boolean>>[] =>
  names.reduce<readonly Readonly<Record<string, boolean>>[]>(
    (all, name) => all.flatMap((some) => [true, false].map((is) => ({ ...some, [name]: is }))),
    [{}],
  );

const bounds = (): readonly string[] => DECISION_TABLE.flatMap(({ when }) => [when.from, when.below].filter(isBound));
const isBound = (bound: string | undefined): bound is string => bound !== undefined;

const versions = (): readonly string[] => [
  ...new Set([
    ...bounds().flatMap((bound) => [patchBelow(bound), bound, patchAbove(bound)]),
    ...OS_MAJORS.map((os) => `${os}.1`),
  ]),
];

/** The least that a first step of the table may lead to. */
const leasts = (): readonly string[] =>
  DECISION_TABLE.flatMap(({ then }) => ('mechanism' in then && then.first ? [then.first.atLeast] : []));

/** Newest releases with every package, with one kind only, and with none; newest 11.x on both sides of what row 11 asks. */
const catalogues = (): readonly (readonly Release[])[] => {
  const without = (...lacking: readonly ('installer' | 'comboPackage')[]): readonly Release[] =>
    WHOLE.map((release) =>
      release.version.endsWith('.101')
        ? { ...release, ...Object.fromEntries(lacking.map((name) => [name, false])) }
        : release,
    );
  const elevens = leasts().flatMap((least) => [patchBelow(least), least, patchAbove(least)]);
  const no11 = WHOLE.filter(({ version }) => !version.startsWith('11.'));
  return [
    ...[WHOLE, without('installer'), without('comboPackage'), without('installer', 'comboPackage'), no11],
    ...elevens.map((version) => [...no11, entry(version)]),
  ];
};

/** What the data of the decision has a say in, also when it says nothing at all. */
export const outcomeOf = (evaluate: (input: PlanInput) => Evaluation, input: PlanInput): string => {
  try {
    const evaluation = evaluate(input);
    const { row, status, reason } = evaluation;
    const { steps, target, warnings } = 'steps' in evaluation ? evaluation : NOTHING_OWED;
    return JSON.stringify([row, status, reason, steps, target, warnings]);
  } catch (error) {
    return `threw ${String(error)}`;
  }
};

const NOTHING_OWED = { steps: [], target: null, warnings: [] };

/** Whether a mutant says what the original says, in every situation. */
export const comparison = (): ((mutant: Mutant) => boolean) => {
  const ours = evaluatorOf(DECISION_TABLE);
  const answered = (inputs: readonly PlanInput[]): readonly (readonly [PlanInput, string])[] =>
    inputs.map((input) => [input, outcomeOf(ours, input)]);
  const [plain, needy] = [answered(situations()), answered(situationsInNeed())];
  return ({ table, mechanisms }) => {
    const theirs = evaluatorOf(table, mechanisms);
    const agrees = ([input, answer]: readonly [PlanInput, string]): boolean => outcomeOf(theirs, input) === answer;
    return plain.every(agrees) && (mechanisms === MECHANISMS || needy.every(agrees));
  };
};
