// What lies in the bucket of a storm when it begins and what attempts add to it: told histories, written there as documents and objects.
import fc from 'fast-check';
import { formatAttemptId, formatRunObject } from '../../../src/domain/bucket/keys.ts';
import { attemptDocument } from '../../../src/wire/attempt-document.ts';
import { type RunDocument, runDocument } from '../../../src/wire/run-document.ts';
import { attemptId, type AttemptTale } from '../bucket-facts.ts';
import { bucketTales } from '../bucket-tales.ts';
import { checkpointsOf } from '../tale-checkpoints.ts';
import type { Dice } from '../e2e/dice.ts';
import type { SeededObject, StormPlace } from './storm-place.ts';

export interface StormRun {
  readonly namespace: string;
  readonly name: string;
  readonly prefix: string;
}

/** Any value of the arbitrary, as the dice have it. */
export function draw<T>(dice: Dice, arbitrary: fc.Arbitrary<T>): T {
  const [value] = fc.sample(arbitrary, { seed: Math.floor(dice.under(2 ** 31)), numRuns: 1 });
  return value as T;
}

/** Up to five attempts with rollbacks, fallbacks and checkpoints that were found bad. */
export async function seedHistory(dice: Dice, place: StormPlace, run: StormRun): Promise<void> {
  for (const tale of draw(dice, bucketTales)) await seedAttempt(place, run, tale);
}

/** The documents and checkpoints of an attempt; those of a tale's prefix become the run's. */
export async function seedAttempt(place: StormPlace, run: StormRun, tale: AttemptTale): Promise<void> {
  const attempt = attemptId(tale.number, tale.pod);
  const objects: SeededObject[] = checkpointsOf(tale).map(({ kind, update, age, size }) => ({
    key: run.prefix + formatRunObject({ is: 'Checkpoint', attempt, kind, update }),
    text: 'x'.repeat(size),
    age,
  }));
  const { age = 0, openedAge = age } = tale;
  if (tale.from !== 'unopened')
    objects.push({
      key: run.prefix + formatRunObject({ is: 'Attempt', attempt }),
      text: opened(run, tale),
      age: openedAge,
    });
  for (const object of objects) await place.put(object);
}

function opened(run: StormRun, { number, pod, from, rollback, skipped = [] }: AttemptTale): string {
  const [parent, update] = typeof from === 'object' ? from : [];
  const attempt = attemptId(parent ?? 0);
  const key = `${run.prefix}attempts/${formatAttemptId(attempt)}/last/model_${update}.pt`;
  return attemptDocument.format({
    version: 1,
    attempt: attemptId(number, pod),
    runUid: 'run-uid',
    podUid: `${attemptId(number, pod).pod}-0000`,
    resumedFrom: parent === undefined ? null : { key, attempt, update: update ?? 0, sizeBytes: 100 },
    initializedFrom: null,
    rollback: rollback ?? null,
    skipped: skipped.map(({ key: bad, reason }) => ({
      key: bad.replace(/^prod\/voice\/zh\//, run.prefix),
      reason,
    })),
    image: 'registry.example/f5-tts:1',
    gpus: 1,
    restoreSeconds: 1,
    waitedSeconds: 0,
  });
}

/** run.json that says this. */
export async function seedMarker(
  place: StormPlace,
  { namespace, name, prefix }: StormRun,
  said: Partial<RunDocument> & Pick<RunDocument, 'runUid'>,
): Promise<void> {
  const text = runDocument.format({
    version: 1,
    clusterUid: 'cluster-uid',
    namespace,
    name,
    labels: {},
    highestAttempt: 5,
    phase: 'Suspended',
    ...said,
  });
  await place.put({ key: `${prefix}run.json`, text });
}
