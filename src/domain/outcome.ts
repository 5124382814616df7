// How a pass over one object ended: the three outcomes of every controller. Anything thrown instead is transient.
import type { Seconds } from './units.ts';

/**
 * `settled`: the world is as the object wants it, or moves there by itself and will tell.
 * `waiting`: nothing to do now, but look again after a while.
 * `stalled`: a person must change something; a recheck only notices that the cause went away unannounced.
 */
export type Outcome =
  | { readonly kind: 'settled'; readonly recheckAfter: Seconds | undefined }
  | { readonly kind: 'waiting'; readonly after: Seconds }
  | { readonly kind: 'stalled'; readonly recheckAfter: Seconds | undefined };

export const settled = (recheckAfter?: Seconds): Outcome => ({ kind: 'settled', recheckAfter });

export const waiting = (after: Seconds): Outcome => ({ kind: 'waiting', after });

export const stalled = (recheckAfter?: Seconds): Outcome => ({ kind: 'stalled', recheckAfter });

/** After how many seconds to look again; undefined = only when something changes. */
export const recheckOf = (outcome: Outcome): Seconds | undefined =>
  outcome.kind === 'waiting' ? outcome.after : outcome.recheckAfter;
