// Lists in pages: every page of one list is of one moment, and a continue token dies with a compaction.
import { ApiError } from '../object-storage/api-error.ts';
import type { StoredObject } from '../object-storage/journal.ts';

interface Rest {
  readonly items: readonly StoredObject[];
  readonly resourceVersion: number;
}

export interface Page extends Rest {
  readonly next: string | undefined;
}

export class ListPages {
  readonly #rests = new Map<string, Rest>();
  #issued = 0;

  /** The first `limit` of a fresh list. */
  first(list: Rest, limit: number): Page {
    const items = list.items.slice(0, limit);
    const { resourceVersion } = list;
    if (items.length === list.items.length) return { items, resourceVersion, next: undefined };
    this.#issued += 1;
    const next = `page-${this.#issued}`;
    this.#rests.set(next, { items: list.items.slice(limit), resourceVersion });
    return { items, resourceVersion, next };
  }

  /** The next page; throws Expired when the token is no longer known. */
  after(token: string, limit: number): Page {
    const rest = this.#rests.get(token);
    if (rest === undefined) {
      throw new ApiError(
        'Expired',
        'The provided continue parameter is too old to display a consistent list',
      );
    }
    this.#rests.delete(token);
    return this.first(rest, limit);
  }

  expire(): void {
    this.#rests.clear();
  }
}
