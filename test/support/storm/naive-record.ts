// What a naive reader of every pass over a run, in one process, would have on paper: since when each checkpoint is condemned, and which
// of them nobody need approve of. Worked out only once something is removed.
import { annotations } from '../../../src/api/names.ts';
import { digestOf } from '../../../src/domain/retention/approval.ts';
import { approveAboveOf, type Governed } from './storm-policies.ts';
import { type Knowledge, type NaiveSentence, sentenceOf } from './storm-question.ts';
import { checkpointNamed } from './told-bucket.ts';

/** One judgement: when, on the monotonic clock of the process, and what it could know. */
export interface Note {
  readonly at: number;
  readonly known: Knowledge;
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

  #read({ at, known }: Note): void {
    const sentence = sentenceOf(known);
    this.#governed = sentence?.governed;
    const condemned = [...(sentence?.condemned ?? none)];
    this.#since = new Map(condemned.map((name) => [name, this.#since.get(name) ?? at]));
    if (sentence !== undefined) this.#admit(sentence, known);
  }

  #admit(sentence: NaiveSentence, { run, look }: Knowledge): void {
    const { condemned, total, governed } = sentence;
    const above = approveAboveOf(governed);
    const isTooMuch = (some: ReadonlySet<string>): boolean =>
      some.size > above.checkpoints && some.size > (above.percent * total) / 100;
    const known = new Set([...condemned].filter((name) => this.#admitted.has(name)));
    const fresh = new Set([...condemned].filter((name) => !known.has(name)));
    this.#admitted = condemned;
    if (!isTooMuch(fresh)) return;
    const names = new Map(
      look.objects.map(({ key }) => [checkpointNamed(key.slice(look.prefix.length)) ?? '', key]),
    );
    const digest = (some: ReadonlySet<string>): string =>
      digestOf(new Set([...some].map((name) => names.get(name) ?? '')));
    const word = run.metadata.annotations?.[annotations.approve] ?? '';
    const now = [fresh, condemned].find((some) => digest(some) === word);
    const approved = now ?? this.#asked.get(word) ?? none;
    const rest = new Set([...fresh].filter((name) => !approved.has(name)));
    this.#approved = new Set([...this.#approved, ...[...fresh].filter((name) => approved.has(name))]);
    if (!isTooMuch(rest)) return;
    this.#asked.set(digest(rest), rest);
    this.#asked.set(digest(condemned), condemned);
    this.#admitted = new Set([...condemned].filter((name) => !rest.has(name)));
  }
}
