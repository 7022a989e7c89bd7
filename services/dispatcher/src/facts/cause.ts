import type { Cause, Once } from '@managed-os/event-store';
import { type Instant, reactionId } from '@managed-os/kernel';

export const SERVICE = 'service:dispatcher';
export const macActor = (deviceId: string): string => `device:${deviceId}`;

interface Origin {
  /** What happened, by name: the same parts give the same event ids and are stored once. */
  readonly what: readonly (string | number)[];
  readonly actor: string;
  readonly time: Instant;
  readonly correlationId: string;
  readonly causationId?: string | null;
}

/** The id of the n-th event that came of something. */
export const eventIdOf = (what: readonly (string | number)[], index = 0): string => reactionId(...what, index);

/** Cause and inbox entry of something a Mac did or we noticed, exactly once in effect however often it is told. */
export const originOf = ({ what, actor, time, correlationId, causationId }: Origin): { cause: Cause; once: Once } => ({
  cause: {
    correlationId,
    ...(causationId && { causationId }),
    actor,
    time,
    idOf: (index) => eventIdOf(what, index),
  },
  once: { consumer: 'mac', messageId: reactionId(...what) },
});
