import type { ReleasesEvent } from '@managed-os/contracts';
import { type EventStore, type HandleContext, type Handled, handler } from '@managed-os/event-store';
import { release, type ReleaseInput } from './release.decider.js';

/** Decides what becomes of one version. */
export type HandleRelease = (
  version: string,
  input: ReleaseInput,
  context: HandleContext,
) => Promise<Handled<ReleasesEvent, never>>;

export const releasesIn = (store: EventStore<ReleasesEvent>): HandleRelease => {
  const handle = handler(store, 'release', release);
  return (version, input, context) => handle(version.replaceAll('.', '_'), input, context);
};
