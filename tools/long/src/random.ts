import { createHash } from 'node:crypto';

/** A number in [0, 1): the same parts always give the same one. */
export const draw = (...parts: readonly (string | number)[]): number =>
  createHash('sha256').update(parts.join('/')).digest().readUIntBE(0, 6) / 2 ** 48;

/** Chance that its seed repeats, draw by draw. */
export class Random {
  private drawn = 0;

  constructor(private readonly seed: string) {}

  /** A number in [0, 1). */
  next(): number {
    this.drawn += 1;
    return draw(this.seed, this.drawn);
  }

  /** From `least` to below `most`. */
  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** Throws when there is nothing to pick from. */
  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.next() * list.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }
}
