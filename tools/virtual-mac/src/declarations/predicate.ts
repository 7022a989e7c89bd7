import { isList, type Json } from '../json.js';

/** A value by name; `undefined` when there is none of that name. */
export type Facts = (name: string) => Json | undefined;

interface Known {
  readonly status: Facts;
  /** `null` for a property that nobody set. */
  readonly property: Facts;
}

/** What a part of a predicate says of a Mac; `undefined` when it cannot be told. */
type Test = (known: Known) => boolean | undefined;
type Operand = (known: Known) => Json | undefined;

const TOKEN =
  /\s*(?:('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?)|@(status|property)\(([^)]*)\)|(&&|\|\||[=!<>]=|=[<>]|<>|[=<>!(){},])|([A-Za-z]+)(?:\[[cdn]+\])?)/y;

type Token = { readonly kind: 'operand'; readonly operand: Operand } | { readonly kind: 'word'; readonly word: string };

/** `undefined` when there is something in the text that is no part of a predicate. */
const tokensOf = (text: string): readonly Token[] | undefined => {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    tokens.push(tokenOf(match));
  }
  return tokens;
};

const CONSTANTS: Readonly<Record<string, Json>> = {
  TRUE: true,
  YES: true,
  FALSE: false,
  NO: false,
  NIL: null,
  NULL: null,
};

const tokenOf = ([, quoted, number, source, name, sign, word]: RegExpExecArray): Token => {
  if (quoted !== undefined) return constant(quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1'));
  if (number !== undefined) return constant(Number(number));
  if (source !== undefined) {
    const [of, key] = [source === 'status' ? 'status' : 'property', (name ?? '').trim()] as const;
    return { kind: 'operand', operand: (known) => known[of](key) };
  }
  const upper = (sign ?? word ?? '').toUpperCase();
  return Object.hasOwn(CONSTANTS, upper) ? constant(CONSTANTS[upper] ?? null) : { kind: 'word', word: upper };
};

const constant = (value: Json): Token => ({ kind: 'operand', operand: () => value });

type Compare = (a: Json, b: Json) => boolean | undefined;

/** Texts are compared as texts, so "26.10" is before "26.6" (trap 32). */
const ordered =
  (holds: (order: number) => boolean): Compare =>
  (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return holds(a - b);
    if (typeof a === 'string' && typeof b === 'string') return holds(a < b ? -1 : a > b ? 1 : 0);
    return a === null || b === null ? false : undefined;
  };
const textual =
  (holds: (a: string, b: string) => boolean): Compare =>
  (a, b) =>
    typeof a === 'string' && typeof b === 'string' ? holds(a, b) : a === null || b === null ? false : undefined;
const equal: Compare = (a, b) => a === b;
const contains: Compare = (a, b) => (isList(a) ? a.includes(b) : textual((x, y) => x.includes(y))(a, b));

const COMPARISONS: Readonly<Record<string, Compare>> = {
  '=': equal,
  '==': equal,
  '!=': (a, b) => a !== b,
  '<>': (a, b) => a !== b,
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '=<': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  '=>': ordered((order) => order >= 0),
  BEGINSWITH: textual((a, b) => a.startsWith(b)),
  ENDSWITH: textual((a, b) => a.endsWith(b)),
  CONTAINS: contains,
  IN: (a, b) => contains(b, a),
};

/** Reads a predicate; every method returns `undefined` at the first thing that does not belong there. */
class Parser {
  private next = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Test | undefined {
    const test = this.either();
    return this.next === this.tokens.length ? test : undefined;
  }

  private either(): Test | undefined {
    return this.joined(
      () => this.both(),
      ['OR', '||'],
      (a, b) => a || b,
    );
  }

  private both(): Test | undefined {
    return this.joined(
      () => this.single(),
      ['AND', '&&'],
      (a, b) => a && b,
    );
  }

  private joined(
    part: () => Test | undefined,
    words: readonly string[],
    join: (a: boolean, b: boolean) => boolean,
  ): Test | undefined {
    let left = part();
    while (left && this.take(...words)) {
      const [a, b] = [left, part()];
      left = b && ((known) => join3(a(known), b(known), join));
    }
    return left;
  }

  private single(): Test | undefined {
    if (this.take('NOT', '!')) {
      const inner = this.single();
      return inner && ((known) => join3(inner(known), true, (a) => !a));
    }
    if (this.take('TRUEPREDICATE')) return () => true;
    if (this.take('FALSEPREDICATE')) return () => false;
    if (this.take('(')) {
      const inner = this.either();
      return this.take(')') ? inner : undefined;
    }
    return this.comparison();
  }

  private comparison(): Test | undefined {
    const left = this.operand();
    const compare = left && COMPARISONS[this.take(...Object.keys(COMPARISONS)) ?? ''];
    const right = compare && this.operand();
    if (!left || !compare || !right) return undefined;
    return (known) => {
      const [a, b] = [left(known), right(known)];
      return a === undefined || b === undefined ? undefined : compare(a, b);
    };
  }

  private operand(): Operand | undefined {
    if (this.take('{')) return this.list();
    const token = this.tokens[this.next];
    if (token?.kind !== 'operand') return undefined;
    this.next += 1;
    return token.operand;
  }

  private list(): Operand | undefined {
    const entries: Operand[] = [];
    while (!this.take('}')) {
      if (entries.length > 0 && !this.take(',')) return undefined;
      const entry = this.operand();
      if (!entry) return undefined;
      entries.push(entry);
    }
    return (known) => entries.map((entry) => entry(known) ?? null);
  }

  private take(...words: readonly string[]): string | undefined {
    const token = this.tokens[this.next];
    if (token?.kind !== 'word' || !words.includes(token.word)) return undefined;
    this.next += 1;
    return token.word;
  }
}

const join3 = (
  a: boolean | undefined,
  b: boolean | undefined,
  join: (a: boolean, b: boolean) => boolean,
): boolean | undefined => (a === undefined || b === undefined ? undefined : join(a, b));

/**
 * Whether an activation's predicate holds: comparisons, AND, OR, NOT and brackets over `@status(…)`, `@property(…)` and
 * constants. A name outside of those two terms is not a reference and cannot be parsed.
 */
export const evaluate = (predicate: string, known: Known): boolean | 'cannot-be-parsed' | 'cannot-be-evaluated' => {
  const tokens = tokensOf(predicate);
  const test = tokens && new Parser(tokens).whole();
  return test ? (test(known) ?? 'cannot-be-evaluated') : 'cannot-be-parsed';
};
