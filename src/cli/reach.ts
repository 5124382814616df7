// What the user's rights reach: a read that is not allowed, or that fails from here alone, becomes a gap that is said; everything
// else that goes wrong is thrown on.
import { type Cluster, ClusterError } from '../ports/cluster.ts';
import type { CommandInput } from './command.ts';
import { sentenceOf } from './errors.ts';
import type { CliWorld } from './world.ts';

/** Something that could not be read, and what cannot be told because of it. Each a clause without its full stop. */
export interface Gap {
  /** `get nodes` */
  readonly missing: string;
  readonly why: string;
  readonly unjudged: string;
}

export type Question = Omit<Gap, 'why'>;

export class Reach {
  readonly #gaps = new Map<string, { readonly why: string; readonly unjudged: readonly string[] }>();

  get gaps(): readonly Gap[] {
    return [...this.#gaps]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([missing, { why, unjudged }]) => ({
        missing,
        why,
        unjudged: unjudged.join(', and '),
      }));
  }

  /** The answer; undefined when it is not allowed, which is noted once for each right. */
  async ask<T>(question: Question, read: () => Promise<T>): Promise<{ readonly answer: T } | undefined> {
    try {
      return { answer: await read() };
    } catch (cause) {
      if (!(cause instanceof ClusterError) || cause.code !== 'Forbidden') throw cause;
      this.note(question, cause);
      return undefined;
    }
  }

  note({ missing, unjudged }: Question, cause: unknown): void {
    const known = this.#gaps.get(missing);
    const why = known?.why ?? sentenceOf(cause).replace(/\.$/, '');
    const all = new Set([...(known?.unjudged ?? []), unjudged]);
    this.#gaps.set(missing, { why, unjudged: [...all].toSorted() });
  }
}

/** Who asks, of whom. */
export interface Asking {
  readonly world: CliWorld;
  readonly input: CommandInput;
  readonly cluster: Cluster;
  readonly reach: Reach;
}

/** The gaps for a person, a title and a sentence each. */
export const gapRows = (gaps: readonly Gap[]): readonly (readonly string[])[] =>
  gaps.map(({ missing, why, unjudged }, at) => [
    at === 0 ? 'not seen' : '',
    `${missing}: ${why}; so it cannot be told ${unjudged}`,
  ]);
