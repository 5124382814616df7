// Which came first, a pod's deletion or its trainer's end: what kubelet said to sync beats every comparison of times.
import { expect, test } from 'vitest';
import { stageOf } from '../../../src/domain/run/classification.ts';
import type { EndFacts, PodFacts } from '../../../src/domain/run/facts.ts';
import { deletedPod, evidenceOf, exited, podOfAttempt } from '../../support/run-snapshots.ts';

const saved: EndFacts = { flushed: true, filesSeen: 3, lastUpdateSeen: 40 };

const over = (exitCode: number): Partial<PodFacts> => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  disruption: 'EvictionByEvictionAPI',
  trainer: exited(exitCode, { ago: 10 }),
});

test.each([
  {
    name: 'deleted after its end, by the clock',
    pod: deletedPod(1, 5, over(0)),
    ending: true,
    cause: 'Evicted',
  },
  { name: 'the same of a crash', pod: deletedPod(1, 5, over(1)), ending: true, cause: 'Evicted' },
  { name: 'its deletion not seen', pod: podOfAttempt(1, over(0)), ending: true, cause: 'Evicted' },
  { name: 'no word of kubelet', pod: deletedPod(1, 5, over(0)), ending: false, cause: 'Succeeded' },
  { name: 'no word, and a crash', pod: deletedPod(1, 5, over(1)), ending: false, cause: 'TrainerFailed' },
])('$name: $cause', ({ pod, ending, cause }) => {
  const evidence = evidenceOf({ pod, end: { ...saved, podWasEnding: ending } });
  expect(stageOf(evidence)).toMatchObject({ stage: 'Ended', cause });
});
