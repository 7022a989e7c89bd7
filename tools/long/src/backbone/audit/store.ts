import { createHash } from 'node:crypto';
import type { Difference, StoreEvidence } from './evidence.js';

/** Positions without gaps to the end of the log, revisions without gaps, time that never runs back, digests that add up. */
export const auditStore = (store: StoreEvidence): readonly Difference[] => [
  ...auditPositions(store),
  ...auditTime(store),
  ...auditStreams(store),
];

const auditPositions = ({ name, lastPosition, events, inbox }: StoreEvidence): readonly Difference[] => {
  const rule = 'positions have no gaps';
  const positions = [...events, ...inbox].map(({ position }) => position).toSorted((a, b) => a - b);
  const differences: Difference[] = [];
  for (const [index, position] of positions.entries()) {
    const before = positions[index - 1] ?? 0;
    if (position !== before + 1) differences.push({ rule, what: `${name}: ${position} after ${before}` });
  }
  if (lastPosition !== positions.length)
    differences.push({ rule, what: `${name}: ${positions.length} entries, but the log ends at ${lastPosition}` });
  return differences;
};

const auditTime = ({ name, events }: StoreEvidence): readonly Difference[] =>
  events.flatMap(({ time, position }, index) => {
    const before = events[index - 1]?.time ?? '';
    return time >= before ? [] : [{ rule: 'time never runs backwards', what: `${name}: at position ${position}` }];
  });

const sha256 = (...parts: readonly (string | Buffer)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const auditStreams = ({ name, events, heads }: StoreEvidence): readonly Difference[] => {
  const ends = new Map<string, { readonly revision: number; readonly digest: Buffer }>();
  const differences: Difference[] = [];
  for (const { stream, revision, id, type, time, data, digest, position } of events) {
    const before = ends.get(stream) ?? { revision: 0, digest: sha256(stream) };
    if (revision !== before.revision + 1)
      differences.push({
        rule: 'revisions have no gaps',
        what: `${name}: ${stream} has ${revision} after ${before.revision}`,
      });
    const computed = sha256(before.digest, [id, type, String(revision), time, data].join('\n'));
    if (computed.toString('hex') !== digest)
      differences.push({ rule: 'digests chain a stream', what: `${name}: at position ${position}` });
    // Goes on from what is stored: one wrong event is one difference.
    ends.set(stream, { revision, digest: Buffer.from(digest, 'hex') });
  }
  for (const { stream, revision, digest } of heads) {
    const end = ends.get(stream);
    if (end?.revision !== revision || end.digest.toString('hex') !== digest)
      differences.push({ rule: 'heads are the last events', what: `${name}: ${stream} at ${revision}` });
  }
  if (heads.length !== ends.size)
    differences.push({
      rule: 'heads are the last events',
      what: `${name}: ${heads.length} heads of ${ends.size} streams`,
    });
  return differences;
};
