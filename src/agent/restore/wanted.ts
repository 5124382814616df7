// What restore wants to place, and what it has placed: a checkpoint of the run, of another run, or the weights of one. Types only.
import type { SourceCandidate } from '../../domain/bucket/source.ts';
import type { Update } from '../../domain/units.ts';
import type { StartMode } from '../../wire/start-request.ts';
import type { AgentWorld } from '../world.ts';

export interface Placed {
  /** The file's name in the trainer's directory. */
  readonly name: string;
  readonly candidate: SourceCandidate;
  /** The update it holds; undefined when it holds weights only and does not say of which. */
  readonly update: Update | undefined;
  /** Undefined for a checkpoint of the run itself. */
  readonly mode: StartMode | undefined;
}

/** A candidate, and where its file is to lie until it is proven. */
export interface Target {
  readonly candidate: SourceCandidate;
  readonly path: string;
}

/** What the file at the path holds, or why the candidate cannot be used; then nothing lies at the path. */
export type Fetched = { readonly update: Update | undefined } | { readonly flaw: string };

/** Candidates of one sort, best first, and how one of them becomes the file that the trainer loads. */
export interface Wanted extends Pick<Placed, 'name' | 'mode'> {
  readonly candidates: readonly SourceCandidate[];
  /** For "None of the 3 checkpoints … can be used". */
  readonly whose: string;
  readonly fetch: (world: AgentWorld, target: Target, signal: AbortSignal) => Promise<Fetched>;
}
