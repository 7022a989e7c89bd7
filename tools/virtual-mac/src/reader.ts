import type { FleetProblem } from './parse-fleet.js';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the fields of one object of the file; what is wrong is noted under its full name and a harmless value goes on. */
export class Reader {
  private readonly fields: Fields;

  constructor(
    value: unknown,
    readonly at: string,
    private readonly problems: FleetProblem[],
  ) {
    this.fields = isFields(value) ? value : {};
    if (!isFields(value)) problems.push({ field: at || '(file)', message: 'must be an object' });
  }

  /** The same object with `defaults` below it. */
  over(defaults: Reader): Reader {
    return new Reader({ ...defaults.fields, ...this.fields }, this.at, this.problems);
  }

  /** Anything but these keys is a mistake in spelling. */
  only(...keys: readonly string[]): this {
    for (const key of Object.keys(this.fields)) if (!keys.includes(key)) this.problem(key, 'is not a known field');
    return this;
  }

  peek(key: string): unknown {
    return this.fields[key];
  }

  problem(key: string, message: string): void {
    this.problems.push({ field: this.at ? `${this.at}.${key}` : key, message });
  }

  text(key: string, fallback?: string): string {
    const value = this.fields[key] ?? fallback;
    if (typeof value === 'string' && value !== '') return value;
    this.problem(key, value === undefined ? 'is missing' : 'must be a text');
    return '';
  }

  matching(key: string, shape: RegExp, wanted: string, fallback?: string): string {
    const value = this.text(key, fallback);
    if (value !== '' && !shape.test(value)) this.problem(key, `${JSON.stringify(value)} is not ${wanted}`);
    return value;
  }

  number(key: string, least: number, fallback?: number): number {
    const value = this.fields[key] ?? fallback;
    if (typeof value === 'number' && value >= least) return value;
    this.problem(key, value === undefined ? 'is missing' : `must be a number, at least ${least}`);
    return least;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.fields[key] ?? fallback;
    if (typeof value !== 'boolean') this.problem(key, 'must be true or false');
    return value === true;
  }

  flagOr<T extends string>(key: string, words: readonly T[], fallback: boolean): boolean | T {
    const word = words.find((candidate) => candidate === this.fields[key]);
    if (word !== undefined || typeof (this.fields[key] ?? fallback) === 'boolean')
      return word ?? this.flag(key, fallback);
    this.problem(key, `must be true, false or one of ${words.join(', ')}`);
    return fallback;
  }

  oneOf<const T extends readonly [string, ...string[]]>(key: string, words: T): T[number] {
    const word: T[number] | undefined = words.find((candidate) => candidate === this.fields[key]);
    if (word === undefined) this.problem(key, `must be one of ${words.join(', ')}`);
    return word ?? words[0];
  }

  optional<T>(key: string, read: (key: string) => T): T | undefined {
    return this.fields[key] === undefined ? undefined : read(key);
  }

  child(key: string, fallback?: Fields): Reader {
    return new Reader(this.fields[key] ?? fallback, this.at ? `${this.at}.${key}` : key, this.problems);
  }

  items(key: string, fallback?: readonly unknown[]): readonly Reader[] {
    const at = this.at ? `${this.at}.${key}` : key;
    return this.list(key, fallback).map((item, index) => new Reader(item, `${at}[${index}]`, this.problems));
  }

  texts(key: string): readonly string[] {
    return this.list(key).map((item) => {
      if (typeof item !== 'string') this.problem(key, 'must be a list of texts');
      return String(item);
    });
  }

  numbers(key: string, fallback: readonly number[]): readonly number[] {
    return this.list(key, fallback).map(Number);
  }

  private list(key: string, fallback?: readonly unknown[]): readonly unknown[] {
    const value = this.fields[key] ?? fallback;
    if (Array.isArray(value)) return value;
    this.problem(key, value === undefined ? 'is missing' : 'must be a list');
    return [];
  }
}
