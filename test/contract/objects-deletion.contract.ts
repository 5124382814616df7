// What an ObjectStore promises of deletions of many: exactly the named ones, each let through before and told afterwards.
import { beforeAll, describe, expect, test } from 'vitest';
import type { BatchOutcome, BulkDeletion, DeletionTarget } from '../../src/ports/objects.ts';
import { attempt, collect, never, type StoreSubject, text } from '../support/object-samples.ts';

interface Told {
  readonly letThrough: DeletionTarget[];
  readonly outcomes: BatchOutcome<DeletionTarget>[];
}

function deletionOf(targets: Iterable<DeletionTarget>): [BulkDeletion<DeletionTarget>, Told] {
  const told: Told = { letThrough: [], outcomes: [] };
  const deletion: BulkDeletion<DeletionTarget> = {
    targets,
    beforeBatch: async (batch) => {
      told.letThrough.push(...batch);
    },
    afterBatch: async (outcome) => {
      told.outcomes.push(outcome);
    },
  };
  return [deletion, told];
}

/** Registers the suite; `open` is called once per group. */
export function describeBulkDeletion(open: () => Promise<StoreSubject>): void {
  describe('bulkDelete', () => {
    let subject: StoreSubject;
    beforeAll(async () => {
      subject = await open();
    });
    const at = (name: string): string => `${subject.prefix}bulk-delete/${name}`;
    const fill = async (folder: string, count: number): Promise<string[]> => {
      const keys = Array.from({ length: count }, (_, n) => at(`${folder}/${n}`));
      await Promise.all(
        keys.map((key) => subject.store.put({ key, bytes: text(key), condition: 'any' }, never)),
      );
      return keys;
    };
    const left = async (folder: string): Promise<string[]> =>
      (await collect(subject.store.list(at(`${folder}/`), never))).flat().map(({ key }) => key);

    test('removes the targets and nothing else, and tells each once', async () => {
      const keys = await fill('some', 30);
      const targets = [...keys.filter((_, n) => n % 3 > 0), at('some/never-was')].map((key) => ({ key }));
      const [deletion, { letThrough, outcomes }] = deletionOf(targets);
      await subject.store.bulkDelete(deletion, never);
      expect(letThrough).toEqual(targets);
      expect(outcomes.flatMap(({ deleted }) => deleted)).toEqual(targets);
      expect(outcomes.flatMap(({ failures }) => failures)).toEqual([]);
      expect((await left('some')).length).toBe(10);
    });

    test('carries more targets than one request may, and asks for each request', async () => {
      const keys = await fill('many', 40);
      const rest = Array.from({ length: 2500 }, (_, n) => at(`many/absent-${n}`));
      const batches: number[] = [];
      const [deletion, { outcomes }] = deletionOf([...rest, ...keys].map((key) => ({ key })));
      const beforeBatch = async (batch: readonly DeletionTarget[]): Promise<void> => {
        batches.push(batch.length);
      };
      await subject.store.bulkDelete({ ...deletion, beforeBatch }, never);
      expect(Math.max(...batches)).toBeLessThanOrEqual(1000);
      expect(batches.length).toBeGreaterThanOrEqual(3);
      expect(outcomes.flatMap(({ deleted }) => deleted).length).toBe(2540);
      expect(await left('many')).toEqual([]);
    });

    test('ends where a batch is not let through, and touches nothing of it', async () => {
      await fill('stopped', 3);
      const lost = new Error('the lease is lost');
      const [deletion, { outcomes }] = deletionOf((await left('stopped')).map((key) => ({ key })));
      const beforeBatch = (): Promise<void> => Promise.reject(lost);
      const ended = subject.store.bulkDelete({ ...deletion, beforeBatch }, never);
      expect(await attempt(ended)).toBe(lost);
      expect(outcomes).toEqual([]);
      expect((await left('stopped')).length).toBe(3);
    });

    test('of nothing asks for nothing; with an aborted signal it rejects with the reason', async () => {
      const [nothing, told] = deletionOf([]);
      await subject.store.bulkDelete(nothing, never);
      expect(told).toEqual({ letThrough: [], outcomes: [] });
      const [key = ''] = await fill('aborted', 1);
      const reason = new Error('told to stop');
      const [deletion, { letThrough }] = deletionOf([{ key }]);
      expect(await attempt(subject.store.bulkDelete(deletion, AbortSignal.abort(reason)))).toBe(reason);
      expect(letThrough).toEqual([]);
      expect(await left('aborted')).toEqual([key]);
    });
  });
}
