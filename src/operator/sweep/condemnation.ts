// What is remembered of one run's condemned checkpoints: since when each has been condemned without a break, which of them may go and
// which wait for a person's word, and what the store would not delete. Losing it starts the grace again, and asks again.
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import { type Approval, digestOf, judgeApproval } from '../../domain/retention/approval.ts';
import type { Ruling } from '../../domain/retention/plan.ts';
import type { Settings } from '../../domain/retention/settings.ts';
import type { Instant, Seconds } from '../../domain/units.ts';
import type { DeleteFailure } from '../../ports/objects.ts';

/** One moment on both clocks: durations count on the monotonic one, people read the other. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: Instant;
}

export interface Condemned {
  readonly checkpoint: Checkpoint;
  /** Every reason for and against it. */
  readonly reasons: readonly string[];
  readonly since: Moment;
  /** When the store is asked again, where it refused. */
  readonly askAgainAt: Moment | undefined;
  /** How often in a row the store would not delete it, and why it would not last. */
  readonly refusals: number;
  readonly refused: string | undefined;
  /** True when it is an object lock that keeps it. */
  readonly isLocked: boolean;
  /** True while it may not go, though it stays condemned: see {@link Sentence.isTakenHeld}. */
  readonly isHeld: boolean;
}

/** What one plan says of the condemned checkpoints of the run. */
export interface Sentence {
  /** On every checkpoint of the run. */
  readonly rulings: readonly Ruling<Checkpoint>[];
  readonly settings: Settings;
  /** The digest that a person agreed to. */
  readonly approved: string | undefined;
  /** True while nothing that a policy's capacity takes may go: whether it takes it is being planned anew. */
  readonly isTakenHeld: boolean;
}

/** How long a checkpoint that the store would not delete is left alone: doubling. */
const firstRefusedSeconds: Seconds = 60;
const longestRefusedSeconds: Seconds = 3600;

/** How many of the sets that a person may agree to are remembered, the newest. */
const askedRemembered = 32;

const nobodyAsked: Approval = { admitted: new Set(), waiting: undefined };

export class Condemnation {
  #entries: ReadonlyMap<string, Condemned> = new Map();
  #approval = nobodyAsked;
  /** By digest. */
  #asked: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** What only a person's word let through. */
  #approved: ReadonlySet<string> = new Set();
  #graceSeconds: Seconds = 0;

  /** Takes in what a plan condemns: what was condemned before keeps its time, everything else is rescued. */
  note(sentence: Sentence, now: Moment): void {
    const { rulings, settings, approved, isTakenHeld } = sentence;
    const condemned = rulings.filter(({ verdict }) => verdict === 'Condemned');
    const fresh = { since: now, askAgainAt: undefined, refusals: 0, refused: undefined, isLocked: false };
    const known = this.#entries;
    this.#graceSeconds = settings.graceSeconds.value;
    this.#entries = new Map(
      condemned.map(({ checkpoint, reasons }) => [
        checkpoint.key,
        {
          ...(known.get(checkpoint.key) ?? fresh),
          checkpoint,
          reasons,
          isHeld: isTakenHeld && reasons.includes('Capacity'),
        },
      ]),
    );
    const approveAbove = {
      percent: settings.approveAbovePercent.value,
      checkpoints: settings.approveAboveCheckpoints.value,
    };
    const question = { condemned: this.keys(), total: rulings.length, approveAbove, asked: this.#asked };
    const admitted = this.#letThrough(approved);
    const alone = judgeApproval({ ...question, admitted, approved: undefined });
    this.#approval = approved === undefined ? alone : judgeApproval({ ...question, admitted, approved });
    const byWord = [...this.#approval.admitted].filter((key) => !alone.admitted.has(key));
    this.#approved = new Set([...this.#approved, ...byWord].filter((key) => this.#entries.has(key)));
    const { waiting } = this.#approval;
    if (waiting === undefined) return;
    this.#remember(waiting.digest, waiting.keys);
    this.#remember(digestOf(question.condemned), question.condemned);
  }

  /** What earlier passes let through; a person's word counts until it is taken back. */
  #letThrough(approved: string | undefined): ReadonlySet<string> {
    const { admitted } = this.#approval;
    if (approved !== undefined) return admitted;
    const byWord = this.#approved;
    this.#approved = new Set();
    return new Set([...admitted].filter((key) => !byWord.has(key)));
  }

  /** A word that comes late still means what it meant. */
  #remember(digest: string, keys: ReadonlySet<string>): void {
    if (this.#asked.has(digest)) return;
    this.#asked = new Map([...this.#asked, [digest, keys] as const].slice(-askedRemembered));
  }

  /** Nothing may be deleted: every grace begins anew. What was let through is no new thing when it is condemned again. */
  stop(): void {
    this.#entries = new Map();
    this.#approval = { ...this.#approval, waiting: undefined };
  }

  keys(): ReadonlySet<string> {
    return new Set(this.#entries.keys());
  }

  /** What waits for a person's word. */
  get waiting(): Approval['waiting'] {
    return this.#approval.waiting;
  }

  /** Why the store did not delete what it was asked to, other than for a lock. */
  get refused(): string | undefined {
    const all = [...this.#entries.values()];
    return all.find(({ refused, isLocked }) => refused !== undefined && !isLocked)?.refused;
  }

  get heldByLock(): number {
    return [...this.#entries.values()].filter(({ isLocked }) => isLocked).length;
  }

  /** When the first of them may go; undefined while none may. */
  nextAt(): Moment | undefined {
    const moments = this.#admitted().map((entry) => this.#dueAt(entry));
    return moments.toSorted((a, b) => a.monotonic - b.monotonic)[0];
  }

  /** What may go now. */
  due(now: Moment): readonly Condemned[] {
    return this.#admitted().filter((entry) => this.#dueAt(entry).monotonic <= now.monotonic);
  }

  /** Takes in what became of a batch. */
  account(gone: readonly Checkpoint[], failures: readonly DeleteFailure[], now: Moment): void {
    const entries = new Map(this.#entries);
    for (const { key } of gone) entries.delete(key);
    for (const failure of failures) postpone(entries, failure, now);
    this.#entries = entries;
  }

  #admitted(): readonly Condemned[] {
    const { admitted } = this.#approval;
    return [...this.#entries.values()].filter(
      ({ checkpoint, isHeld }) => !isHeld && admitted.has(checkpoint.key),
    );
  }

  #dueAt({ since, askAgainAt }: Condemned): Moment {
    const ripe = later(since, this.#graceSeconds);
    return askAgainAt !== undefined && askAgainAt.monotonic > ripe.monotonic ? askAgainAt : ripe;
  }
}

const later = ({ monotonic, wall }: Moment, seconds: Seconds): Moment => ({
  monotonic: monotonic + seconds * 1000,
  wall: wall + seconds * 1000,
});

// What a store will not delete today (a legal hold, a missing right) it will not delete in a second either.
function postpone(entries: Map<string, Condemned>, failure: DeleteFailure, now: Moment): void {
  const { key, code, message, locked = false } = failure;
  const entry = entries.get(key);
  if (entry === undefined) return;
  const refusals = entry.refusals + 1;
  const backoff = Math.min(longestRefusedSeconds, firstRefusedSeconds * 2 ** (refusals - 1));
  const askAgainAt = later(now, locked ? longestRefusedSeconds : backoff);
  entries.set(key, { ...entry, refusals, askAgainAt, refused: `${code}: ${message}`, isLocked: locked });
}
