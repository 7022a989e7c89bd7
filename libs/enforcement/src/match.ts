import type { Architecture } from './plan-input.js';
import type { Condition, Mechanism, MechanismTraits, Outcome, Row } from './table.js';
import { majorCode, type VersionCode, versionCode } from './version-code.js';

/** What the conditions of the table look at. */
export interface Situation {
  readonly architecture: Architecture;
  readonly version: VersionCode;
  /** The item's major. */
  readonly major: VersionCode;
  readonly rescueWithFullInstaller: boolean;
  readonly twoStepUpgrade: boolean;
}

export interface CompiledRow {
  readonly row: string;
  readonly outcome: Outcome;
  matches(situation: Situation): boolean;
}

/** All that is data in the decision. */
export interface Rules {
  readonly rows: readonly CompiledRow[];
  readonly mechanisms: Readonly<Record<Mechanism, MechanismTraits>>;
}

const compile = (condition: Condition): ((situation: Situation) => boolean) => {
  const { architecture, change, setting } = condition;
  const from = condition.from === undefined ? -Infinity : versionCode(condition.from);
  const below = condition.below === undefined ? Infinity : versionCode(condition.below);
  const itemFrom = condition.itemFrom === undefined ? -Infinity : versionCode(condition.itemFrom);
  return (s) =>
    (architecture === undefined || s.architecture === architecture) &&
    s.version >= from &&
    s.version < below &&
    s.major >= itemFrom &&
    (change === undefined || (majorCode(s.version) === s.major) === (change === 'minor')) &&
    (setting === undefined || s[setting.name] === setting.is);
};

export const compileTable = (table: readonly Row[]): readonly CompiledRow[] =>
  table.map(({ row, when, then }) => ({ row, outcome: then, matches: compile(when) }));

/** The first row that matches. A table without one is incomplete: a programming error. */
export const decide = (rows: readonly CompiledRow[], situation: Situation): CompiledRow => {
  for (const row of rows) if (row.matches(situation)) return row;
  throw new Error(`no row of the decision table matches ${JSON.stringify(situation)}`);
};
