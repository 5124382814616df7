// What each run's newest pass asked of retention and found, for whoever plans all of them together: nobody reads the bucket a second time
// for that. It is in memory, and nothing is deleted by it alone: each run judges itself once more.
import { fingerprintOf } from '../../domain/fingerprint.ts';
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import type { RunQuestion } from '../../domain/retention/run-plan.ts';
import type { RetentionFacts } from '../../domain/run/retention-facts.ts';
import { digestOf } from '../../domain/store/content-digest.ts';
import type { Bytes } from '../../domain/units.ts';

/** One judgement. */
export interface Judged {
  /** The store it uses; undefined while it can use none. */
  readonly store: string | undefined;
  /** Undefined while its part of the bucket cannot be read. */
  readonly question: RunQuestion<Checkpoint> | undefined;
  /** The policies it was judged by; undefined while they were not read. */
  readonly version: string | undefined;
  /** Monotonic milliseconds: when its part of the bucket was listed. */
  readonly readAt: number;
  readonly facts: RetentionFacts;
  /** What retention has deleted of the run over its life, as its status tells. */
  readonly reclaimedBytes: Bytes;
}

export interface KnownJudgement extends Judged {
  /** Of its checkpoints, as they were listed. */
  readonly content: number;
  /** What the plan of all runs, and what is told of it, depend on. */
  readonly fingerprint: string;
}

export class JudgedRuns {
  readonly #runs = new Map<string, KnownJudgement>();
  readonly #listeners = new Set<() => void>();

  /** Takes in a judgement of the run with this UID. */
  note(uid: string, judged: Judged): void {
    const before = this.#runs.get(uid);
    const content = contentOf(judged, before);
    const fingerprint = fingerprintOf(essenceOf(judged, content));
    this.#runs.set(uid, { ...judged, content, fingerprint });
    if (before?.fingerprint !== fingerprint) this.#tell();
  }

  /** The newest judgement of this run; undefined before the first. */
  of(uid: string): KnownJudgement | undefined {
    return this.#runs.get(uid);
  }

  /** The run is gone. */
  forget(uid: string): void {
    if (this.#runs.delete(uid)) this.#tell();
  }

  /** Calls back whenever a judgement says something new, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

// A run that is looked at again and again is mostly read only once.
function contentOf({ question }: Judged, before: KnownJudgement | undefined): number {
  if (before !== undefined && before.question?.attempts === question?.attempts) return before.content;
  return digestOf(checkpointsOf(question));
}

const checkpointsOf = (question: RunQuestion<Checkpoint> | undefined): readonly Checkpoint[] =>
  (question?.attempts ?? []).flatMap(({ checkpoints }) => checkpoints);

function essenceOf(judged: Judged, content: number): unknown {
  const { store, question, version, facts, reclaimedBytes } = judged;
  const {
    attempts: _listed,
    origins,
    storeTime: _time,
    now: _now,
    evicted: _taken,
    ...asked
  } = question ?? {};
  const { waiting, nextDeletionAt, stopped, heldByLock, condemnedKeys } = facts;
  const told = {
    waiting: waiting?.digest,
    nextDeletionAt,
    stopped,
    heldByLock,
    condemned: condemnedKeys.size,
  };
  return { store, asked, origins: origins?.length, version, content, reclaimedBytes, ...told };
}
