import type { HistoryRow } from './sources.js';

/**
 * Releases that neither the captures, which end on 22 August 2026, nor the release history have: macOS 15 of the days on
 * which macOS 27.0 and 27.0.1 came out, as public repositories name them (second-hand).
 */
const LATER: readonly HistoryRow[] = [
  { version: '15.8', builds: ['24H23'], released: '2026-09-14', major: '15', kind: 'minor' },
  { version: '15.8.1', builds: ['24H32'], released: '2026-09-28', major: '15', kind: 'patch' },
];

/** The history with them, in the order of their days; what it has by itself is not added a second time. */
export const withLaterReleases = (history: readonly HistoryRow[]): readonly HistoryRow[] =>
  [...history, ...LATER.filter(({ version }) => !history.some((row) => row.version === version))].toSorted((a, b) =>
    a.released < b.released ? -1 : a.released > b.released ? 1 : 0,
  );
