// What a naive reader of every pass over a run, in one process, would have on paper: since when each checkpoint is condemned, and which
// of them nobody need approve of. Worked out only once something is removed.
import { approveAboveOf, type Governed } from './storm-policies.ts';

/** What a naive reading lets go, by any names, and what governs that. */
export interface Reading {
  readonly condemned: ReadonlySet<string>;
  /** Those of them of which it depends on what the process remembers whether they go: they ask for no approval. */
  readonly perhaps: ReadonlySet<string>;
  /** How many checkpoints there are. */
  readonly total: number;
  readonly governed: Governed;
  /** What a person agreed to; '' = to nothing. */
  readonly word: string;
  /** By which word some of these are agreed to. */
  readonly digest: (some: ReadonlySet<string>) => string;
}

/** One judgement: when, on the monotonic clock of the process, and how it reads; undefined where nothing may go. */
export interface Note {
  readonly at: number;
  readonly read: () => Reading | undefined;
}

const none: ReadonlySet<string> = new Set();

export class NaiveRecord {
  #unread: Note[] = [];
  #governed: Governed | undefined;
  #since: ReadonlyMap<string, number> = new Map();
  #admitted = none;
  #approved = none;
  /** What approval was asked for, by digest. */
  readonly #asked = new Map<string, ReadonlySet<string>>();

  add(note: Note): void {
    this.#unread.push(note);
  }

  /** What governed the newest judgement; undefined where nothing may go. */
  get governed(): Governed | undefined {
    this.#readUp();
    return this.#governed;
  }

  /** When the unbroken condemnation began. */
  since(name: string): number | undefined {
    this.#readUp();
    return this.#since.get(name);
  }

  isAdmitted(name: string): boolean {
    this.#readUp();
    return this.#admitted.has(name);
  }

  /** True when only an approval let it through. */
  isApproved(name: string): boolean {
    return this.#approved.has(name);
  }

  #readUp(): void {
    for (const note of this.#unread) this.#read(note);
    this.#unread = [];
  }

  #read({ at, read }: Note): void {
    const reading = read();
    this.#governed = reading?.governed;
    const condemned = [...(reading?.condemned ?? none)];
    this.#since = new Map(condemned.map((name) => [name, this.#since.get(name) ?? at]));
    if (reading !== undefined) this.#admit(reading);
  }

  #admit({ condemned, perhaps, total, governed, word, digest }: Reading): void {
    const above = approveAboveOf(governed);
    const isTooMuch = (some: ReadonlySet<string>): boolean => {
      const size = [...some].filter((name) => !perhaps.has(name)).length;
      return size > above.checkpoints && size > (above.percent * total) / 100;
    };
    const known = new Set([...condemned].filter((name) => this.#admitted.has(name)));
    const fresh = new Set([...condemned].filter((name) => !known.has(name)));
    this.#admitted = condemned;
    if (!isTooMuch(fresh)) return;
    // Which set it was that was agreed to nobody can say then.
    const isVague = perhaps.size > 0 && word !== '';
    const now = [fresh, condemned].find((some) => isVague || digest(some) === word);
    const approved = now ?? this.#asked.get(word) ?? none;
    const rest = new Set([...fresh].filter((name) => !approved.has(name)));
    this.#approved = new Set([...this.#approved, ...[...fresh].filter((name) => approved.has(name))]);
    if (!isTooMuch(rest)) return;
    this.#asked.set(digest(rest), rest);
    this.#asked.set(digest(condemned), condemned);
    this.#admitted = new Set([...condemned].filter((name) => !rest.has(name)));
  }
}
