import type { Instant } from '@managed-os/kernel';

/** A Mac as a push service knows it, by its last TokenUpdate. */
export interface PushTarget {
  readonly udid: string;
  readonly token: Uint8Array;
  readonly pushMagic: string;
  /** The Mac listens to the certificate of this topic and to no other. */
  readonly topic: string;
}

/** What became of a push. `reason` is the service's own word where it has one, else an error's code. */
export type PushOutcome =
  /** The service has it. It proves nothing about the Mac. */
  | { readonly kind: 'accepted' }
  /** The token is dead: only a TokenUpdate of the Mac helps. `since`: when it died, as the service says. */
  | { readonly kind: 'refused'; readonly reason: string; readonly since?: Instant }
  /** This push did not get through; others may. */
  | { readonly kind: 'later'; readonly reason: string; readonly retryAfterMillis?: number }
  /** The service takes no pushes at all, or cannot be reached. */
  | { readonly kind: 'away'; readonly reason: string; readonly retryAfterMillis?: number }
  /** Our fault, about this Mac: neither it nor waiting mends it. */
  | { readonly kind: 'unsendable'; readonly reason: string }
  /** Our fault, about every Mac: the service does not take our certificate. */
  | { readonly kind: 'certificate-refused'; readonly reason: string };

/** Wakes Macs. A push carries no command and proves nothing: it makes the Mac connect, if it is there. */
export interface Push {
  /** Never throws, and answers within 15 s of real time. Harmless when repeated. */
  wake(target: PushTarget): Promise<PushOutcome>;
  /** Gives up what is under way, which answers `away`, and the connection. */
  close(): Promise<void>;
}

/** Nobody is woken; Macs are served when they connect by themselves. */
export const noPush: Push = { wake: () => Promise.resolve({ kind: 'accepted' }), close: () => Promise.resolve() };
