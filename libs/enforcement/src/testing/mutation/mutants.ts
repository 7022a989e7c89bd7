import { OS_MAJORS, parseVersion, without } from '@managed-os/kernel';
import type { Rules } from '../../match.js';
import {
  type Condition,
  DECISION_TABLE,
  type IncompatibleReason,
  type Mechanism,
  MECHANISMS,
  type MechanismTraits,
  type Need,
  type Outcome,
  type Row,
} from '../../table.js';

/** The data of the decision with one cell changed. */
export interface Mutant {
  /** `row 9 from: 11.4.1` */
  readonly name: string;
  readonly table: readonly Row[];
  readonly mechanisms: Rules['mechanisms'];
}

const parts = (version: string): readonly [number, number, number] => parseVersion(version) ?? [0, 0, 0];

export const patchAbove = (version: string): string => {
  const [first, second, third] = parts(version);
  return `${first}.${second}.${third + 1}`;
};

/** The last version that could be named below this one. */
export const patchBelow = (version: string): string => {
  const [first, second, third] = parts(version);
  if (third > 0) return `${first}.${second}.${third - 1}`;
  return second > 0 ? `${first}.${second - 1}.99` : `${first - 1}.99.99`;
};

interface Change<T> {
  readonly what: string;
  readonly to: T;
}

/** The record with one field changed to each of these; `undefined` takes the field away. */
const withField = <T extends object, K extends keyof T & string>(
  record: T,
  field: K,
  values: readonly (T[K] | undefined)[],
): readonly Change<T>[] =>
  values
    .filter((value) => JSON.stringify(value) !== JSON.stringify(record[field]))
    .map((value) => ({
      what: `${field}: ${value === undefined ? 'gone' : typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
      to: value === undefined ? (without(record, field) as T) : { ...record, [field]: value },
    }));

const SETTINGS = ['rescueWithFullInstaller', 'twoStepUpgrade'] as const;

const around = (bound: string | undefined): readonly (string | undefined)[] =>
  bound === undefined ? [] : [patchBelow(bound), patchAbove(bound), undefined];

/** Only whole majors are asked for. */
const nextMajors = (itemFrom: string | undefined): readonly (string | undefined)[] => {
  if (itemFrom === undefined) return [];
  const at = (OS_MAJORS as readonly string[]).indexOf(itemFrom);
  return [OS_MAJORS[at - 1] ?? '0', OS_MAJORS[at + 1] ?? patchAbove(itemFrom), undefined];
};

const conditions = (when: Condition): readonly Change<Condition>[] => [
  ...withField(when, 'architecture', ['arm64', 'x86_64', undefined]),
  ...withField(when, 'from', around(when.from)),
  ...withField(when, 'below', around(when.below)),
  ...withField(when, 'change', ['minor', 'major', undefined]),
  ...withField(when, 'itemFrom', nextMajors(when.itemFrom)),
  ...withField(when, 'setting', [...SETTINGS.flatMap((name) => [true, false].map((is) => ({ name, is }))), undefined]),
];

const REASONS: Readonly<Record<IncompatibleReason, null>> = {
  hardware_unsupported: null,
  bootstrap_token_updates_broken: null,
  os_too_old: null,
  update_tools_broken: null,
  minor_update_required_first: null,
};

const others = <T extends string>(all: Readonly<Record<T, unknown>>, one?: string): readonly T[] =>
  (Object.keys(all) as T[]).filter((name) => name !== one);

const outcomes = (then: Outcome): readonly Change<Outcome>[] => {
  const [reason, mechanism] = 'incompatible' in then ? [then.incompatible] : [undefined, then.mechanism];
  const first = 'incompatible' in then ? undefined : then.first;
  return [
    ...others(REASONS, reason).map((incompatible) => ({ what: `then ${incompatible}`, to: { incompatible } })),
    ...others(MECHANISMS, mechanism).map((name) => ({
      what: `then ${name}`,
      to: { mechanism: name, ...(first && { first }) },
    })),
    ...(mechanism && first ? detours(mechanism, first) : []),
  ];
};

type First = NonNullable<Extract<Outcome, { readonly mechanism: Mechanism }>['first']>;

const detours = (mechanism: Mechanism, first: First): readonly Change<Outcome>[] => [
  { what: 'first: gone', to: { mechanism } },
  ...[
    ...withField(first, 'within', OS_MAJORS),
    ...withField(first, 'atLeast', [patchBelow(first.atLeast), patchAbove(first.atLeast)]),
  ].map(({ what, to }) => ({ what: `first ${what}`, to: { mechanism, first: to } })),
];

const NEEDS: Readonly<Record<Need, null>> = { enrolled: null, supervised: null, bootstrap_token: null, agent: null };

/** `serverCountsDown` is about the attempt, not about the plan. */
const traits = (of: MechanismTraits): readonly Change<MechanismTraits>[] => [
  ...withField(of, 'preCache', [true, false]),
  ...withField(of, 'package', ['any', 'installer', 'comboPackage']),
  ...withField(of, 'needs', [
    ...of.needs.map((need) => of.needs.filter((other) => other !== need)),
    ...others(NEEDS)
      .filter((need) => !of.needs.includes(need))
      .map((need) => [...of.needs, need]),
  ]),
];

/** Two rows have the number 11. */
const nameOf = ({ row, then }: Row): string =>
  DECISION_TABLE.filter((other) => other.row === row).length === 1
    ? `row ${row}`
    : `row ${row} (${'incompatible' in then ? then.incompatible : then.mechanism})`;

const inRow = (at: number, what: string, row: Row): Mutant => ({
  name: `${nameOf(DECISION_TABLE[at] ?? row)} ${what}`,
  table: DECISION_TABLE.with(at, row),
  mechanisms: MECHANISMS,
});

/** Every single change of a cell of the table and of the mechanisms, of a row, and of the order of two rows. */
export const mutants = (): readonly Mutant[] => [
  ...DECISION_TABLE.flatMap((row, at) => [
    ...conditions(row.when).map(({ what, to }) => inRow(at, what, { ...row, when: to })),
    ...outcomes(row.then).map(({ what, to }) => inRow(at, what, { ...row, then: to })),
    { name: `${nameOf(row)} gone`, table: DECISION_TABLE.toSpliced(at, 1), mechanisms: MECHANISMS },
  ]),
  ...DECISION_TABLE.slice(1).map((row, at) => {
    const above = DECISION_TABLE[at] ?? row;
    const table = DECISION_TABLE.toSpliced(at, 2, row, above);
    return { name: `${nameOf(above)} and ${nameOf(row)} swapped`, table, mechanisms: MECHANISMS };
  }),
  ...others<Mechanism>(MECHANISMS).flatMap((mechanism) =>
    traits(MECHANISMS[mechanism]).map(({ what, to }) => ({
      name: `${mechanism} ${what}`,
      table: DECISION_TABLE,
      mechanisms: { ...MECHANISMS, [mechanism]: to },
    })),
  ),
];
