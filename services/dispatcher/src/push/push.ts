/** What became of a push. `refused`: the service does not know the token any more; only a TokenUpdate helps. */
export type PushOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Wakes a Mac. A push carries no command and proves nothing: it makes the Mac connect, if it is there. */
export interface Push {
  /** Never throws. Harmless when repeated. */
  wake(token: Uint8Array, pushMagic: string): Promise<PushOutcome>;
}

/** Nobody is woken; Macs are served when they connect by themselves. */
export const noPush: Push = { wake: () => Promise.resolve({ kind: 'accepted' }) };
