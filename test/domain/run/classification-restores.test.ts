// Restore and the deletion of its pod: what it said of its end before counts, as its Job has it; what it died of does not.
import { expect, test } from 'vitest';
import type { Cause } from '../../../src/domain/run/causes.ts';
import { stageOf } from '../../../src/domain/run/classification.ts';
import type { PodFacts } from '../../../src/domain/run/facts.ts';
import { deletedPod, evidenceOf, exited, podOfAttempt } from '../../support/run-snapshots.ts';

const evicted = 'EvictionByEvictionAPI';
const alone: Partial<PodFacts> = { phase: 'Failed', sync: undefined, trainer: undefined };

test.each<readonly [string, PodFacts, Cause]>([
  [
    'deleted after it had said that it waits for a person',
    deletedPod(1, 5, { ...alone, restore: exited(10, { ago: 10 }) }),
    'RestoreStopped',
  ],
  [
    'evicted after it had said that there is no store',
    deletedPod(1, 5, { ...alone, disruption: evicted, restore: exited(11, { ago: 10 }) }),
    'StoreUnavailable',
  ],
  [
    'marked for an eviction that was given up, and stopped',
    podOfAttempt(1, { ...alone, disruption: evicted, restore: exited(10) }),
    'RestoreStopped',
  ],
  [
    'deleted before it said anything',
    deletedPod(1, 10, { ...alone, restore: exited(10, { ago: 5 }) }),
    'PodDeleted',
  ],
  [
    'dead of an eviction, by a clock that is late',
    deletedPod(1, 5, { ...alone, disruption: evicted, restore: exited(143, { ago: 10 }) }),
    'Evicted',
  ],
])('%s', (...[, pod, cause]) => {
  expect(stageOf(evidenceOf({ pod }))).toMatchObject({ stage: 'Ended', cause });
});
