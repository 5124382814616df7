// Where an attempt stands: the signs of deletion first, and what the ledger says before everything else.
import { describe, expect, test } from 'vitest';
import type { Cause } from '../../../src/domain/run/causes.ts';
import { type AttemptEvidence, type AttemptStage, stageOf } from '../../../src/domain/run/classification.ts';
import type { EndFacts, PodFacts } from '../../../src/domain/run/facts.ts';
import {
  container,
  deletedPod,
  evidenceOf,
  exited,
  jobOfAttempt,
  podOfAttempt,
} from '../../support/run-snapshots.ts';

const saved: EndFacts = { flushed: true, filesSeen: 3, lastUpdateSeen: 40 };

const causeOf = (stage: AttemptStage): Cause | undefined => ('cause' in stage ? stage.cause : undefined);

interface Row {
  readonly name: string;
  readonly evidence: Partial<AttemptEvidence>;
  readonly want: AttemptStage['stage'];
  readonly cause?: Cause;
}

function expectRow({ evidence, want, cause }: Row): void {
  const stage = stageOf(evidenceOf(evidence));
  expect([stage.stage, causeOf(stage)]).toEqual([want, cause]);
}

const never = { restore: undefined, sync: undefined, trainer: undefined };
const restoring: Partial<PodFacts> = { ...never, restore: container('Running') };

describe('a pod that lives', () => {
  test.each<Row>([
    { name: 'waits', evidence: { pod: podOfAttempt(1, { phase: 'Pending', ...never }) }, want: 'Waiting' },
    { name: 'restores', evidence: { pod: podOfAttempt(1, restoring) }, want: 'Restoring' },
    {
      name: 'has restored',
      evidence: { pod: podOfAttempt(1, { restore: exited(0), trainer: container('Waiting') }) },
      want: 'Starting',
    },
    { name: 'trains', evidence: { pod: podOfAttempt(1) }, want: 'Training' },
    {
      name: 'flushes after a success',
      evidence: { pod: podOfAttempt(1, { trainer: exited(0) }) },
      want: 'Flushing',
    },
    {
      name: 'flushes after a crash',
      evidence: { pod: podOfAttempt(1, { trainer: exited(1) }) },
      want: 'Flushing',
    },
    {
      name: 'is marked for eviction but not deleted: the eviction may still be given up',
      evidence: { pod: podOfAttempt(1, { disruption: 'EvictionByEvictionAPI' }) },
      want: 'Training',
    },
    {
      name: 'is deleted after its trainer ended by itself: it still flushes',
      evidence: { pod: deletedPod(1, 5, { trainer: exited(0, { ago: 10 }) }) },
      want: 'Flushing',
    },
  ])('$name: $want', expectRow);
});

describe('signs of deletion count first, whatever the exit code', () => {
  const reasons: readonly (readonly [string | undefined, Cause])[] = [
    [undefined, 'PodDeleted'],
    ['EvictionByEvictionAPI', 'Evicted'],
    ['PreemptionByScheduler', 'Preempted'],
    ['DeletionByTaintManager', 'Evicted'],
    ['DeletionByPodGC', 'Disrupted'],
    ['TerminationByKubelet', 'NodeShutdown'],
    ['SomethingNew', 'Disrupted'],
  ];
  const trainers = [container('Running'), ...[0, 1, 137, 143].map((code) => exited(code, { ago: 5 }))];

  test.each(reasons)('deleted with DisruptionTarget %s is %s', (disruption, cause) => {
    for (const trainer of trainers) {
      const deleted = deletedPod(1, 5, { disruption, trainer });
      expectRow({ name: '', evidence: { pod: deleted, end: saved }, want: 'Ending', cause });
      expectRow({
        name: '',
        evidence: { pod: { ...deleted, phase: 'Failed' }, end: saved },
        want: 'Ended',
        cause,
      });
    }
  });

  test.each<readonly [Partial<PodFacts>, Cause]>([
    [{ reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage.' }, 'Evicted'],
    [{ reason: 'Preempting' }, 'Preempted'],
    [{ reason: 'Terminated' }, 'NodeShutdown'],
  ])('ended by kubelet, which marks and does not delete: %j is %s', (facts, cause) => {
    const pod = podOfAttempt(1, {
      phase: 'Failed',
      disruption: 'TerminationByKubelet',
      trainer: exited(137),
      ...facts,
    });
    expectRow({ name: '', evidence: { pod }, want: 'Ended', cause });
  });

  test.each<Row>([
    {
      name: 'marked for an eviction that was given up, and done some time later',
      evidence: {
        pod: podOfAttempt(1, {
          phase: 'Succeeded',
          disruption: 'EvictionByEvictionAPI',
          trainer: exited(0),
        }),
        end: saved,
      },
      want: 'Ended',
      cause: 'Succeeded',
    },
    {
      name: 'collected from a node that is gone, its last words never heard',
      evidence: {
        pod: podOfAttempt(1, { phase: 'Failed', disruption: 'DeletionByPodGC', nodeState: { is: 'Gone' } }),
      },
      want: 'Ended',
      cause: 'NodeLost',
    },
    {
      name: 'deleted in the second in which the trainer ended',
      evidence: { pod: deletedPod(1, 10, { trainer: exited(0, { ago: 10 }) }) },
      want: 'Ending',
      cause: 'PodDeleted',
    },
    {
      name: 'deleted before the trainer started',
      evidence: { pod: deletedPod(1, 1, { phase: 'Pending', ...never }) },
      want: 'Ending',
      cause: 'PodDeleted',
    },
    {
      name: 'deleted after a success and flushed',
      evidence: {
        pod: deletedPod(1, 5, { phase: 'Succeeded', trainer: exited(0, { ago: 10 }) }),
        end: saved,
      },
      want: 'Ended',
      cause: 'Succeeded',
    },
    {
      name: 'deleted after a crash',
      evidence: { pod: deletedPod(1, 5, { phase: 'Failed', trainer: exited(1, { ago: 10 }) }) },
      want: 'Ended',
      cause: 'TrainerFailed',
    },
  ])('$name: $cause', expectRow);

  test('the message names the node and what disrupted it', () => {
    const stage = stageOf(
      evidenceOf({ pod: deletedPod(1, 5, { disruption: 'EvictionByEvictionAPI', node: 'gpu-7' }) }),
    );
    expect(stage).toMatchObject({ message: 'its pod on gpu-7 was disrupted (EvictionByEvictionAPI)' });
  });
});

const failed = (facts: Partial<PodFacts>): PodFacts => podOfAttempt(1, { phase: 'Failed', ...facts });

describe('what is in the ledger stays', () => {
  const suspended = { cause: 'Suspended', message: 'the run was suspended' } as const;
  const evicted = { cause: 'Evicted', message: 'its pod was disrupted' } as const;
  test.each<Row>([
    {
      name: 'an intent while the pod runs',
      evidence: { decided: suspended, pod: podOfAttempt(1) },
      want: 'Ending',
      cause: 'Suspended',
    },
    {
      name: 'an intent over what the pod shows',
      evidence: { decided: suspended, pod: failed({ trainer: exited(1) }) },
      want: 'Ended',
      cause: 'Suspended',
    },
    {
      name: 'an intent whose Job stands without a pod: it would make one',
      evidence: { decided: suspended, wasSeen: false },
      want: 'Ending',
      cause: 'Suspended',
    },
    {
      name: 'an intent whose Job is gone',
      evidence: { decided: suspended, job: undefined },
      want: 'Ended',
      cause: 'Suspended',
    },
    {
      name: 'an intent whose Job has finished',
      evidence: { decided: suspended, job: jobOfAttempt(1, { complete: true }) },
      want: 'Ended',
      cause: 'Suspended',
    },
    {
      name: 'an eviction whose grace was cut short after the trainer had ended',
      evidence: { decided: evicted, pod: deletedPod(1, 1, { trainer: exited(1, { ago: 5 }) }) },
      want: 'Ending',
      cause: 'Evicted',
    },
    {
      name: 'an eviction whose pod is gone',
      evidence: { decided: evicted },
      want: 'Ended',
      cause: 'Evicted',
    },
  ])('$name: $want', expectRow);

  test('but the exit code is still learnt', () => {
    const stage = stageOf(evidenceOf({ decided: evicted, pod: failed({ trainer: exited(143) }) }));
    expect(stage).toEqual({ stage: 'Ended', ...evicted, exitCode: 143 });
  });
});

describe('nothing has ended for good while the bucket cannot be read', () => {
  test.each<Row>([
    {
      name: 'exit 0',
      evidence: { pod: podOfAttempt(1, { phase: 'Succeeded', trainer: exited(0) }) },
      want: 'Flushing',
    },
    { name: 'a complete Job', evidence: { job: jobOfAttempt(1, { complete: true }) }, want: 'Flushing' },
    {
      name: 'exit 1',
      evidence: { pod: failed({ trainer: exited(1) }) },
      want: 'Ending',
      cause: 'TrainerFailed',
    },
    { name: 'a lost pod', evidence: { job: undefined }, want: 'Ending', cause: 'PodDeleted' },
    {
      name: 'a deleted pod with exit 0',
      evidence: { pod: deletedPod(1, 20, { phase: 'Succeeded', trainer: exited(0) }) },
      want: 'Ending',
      cause: 'PodDeleted',
    },
  ])('$name: $want', ({ name, evidence, want, cause }) => {
    const row = { name, evidence: { ...evidence, end: 'Unread' as const }, want };
    expectRow(cause === undefined ? row : { ...row, cause });
  });
});
