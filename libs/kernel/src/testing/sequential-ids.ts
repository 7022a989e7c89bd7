import type { Ids } from '../ids.js';

/** Ids that a reader can tell apart: 00000000-0000-7000-8000-000000000001, …2, … */
export class SequentialIds implements Ids {
  private count = 0;

  next(): string {
    this.count += 1;
    return `00000000-0000-7000-8000-${String(this.count).padStart(12, '0')}`;
  }
}
