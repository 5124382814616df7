// The CLI's world with the run xiaoyi-zh, whose attempt 1 saved updates 40 and 60, and attempt 2, that went back to 40, update 50 twice.
import { first, second } from './agent-bench.ts';
import { CliBench } from './cli-bench.ts';

const bytes = new Uint8Array(1000);

export function benchWithRewoundRun(): CliBench {
  const bench = new CliBench();
  bench.seedRun();
  seedRewound(bench);
  return bench;
}

/** What is in the bucket of such a run. */
export function seedRewound({ bucket }: CliBench): void {
  bucket.seedAttempt(first);
  bucket.seedAttempt(second, { attempt: first, update: 40 }, 'old');
  for (const update of [40, 60]) bucket.seedCheckpoint({ attempt: first, kind: 'Step', update }, bytes);
  for (const kind of ['Step', 'Last'] as const)
    bucket.seedCheckpoint({ attempt: second, kind, update: 50 }, bytes);
}
