// kill -9 of whatever a run stands on, in turn and then at random: trainer, sync, restore, kubelet, the S3 server. Training must end with
// the weights of the run that was never interrupted, and no checkpoint that is not whole may ever be seen in the bucket.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { missingForNodes } from '../../../dev/cluster/machine.ts';
import type { Pod } from '../../../src/ports/kube-objects.ts';
import { runs } from '../../support/counts.ts';
import { BucketAudit } from '../../support/e2e/bucket-audit.ts';
import { Dice } from '../../support/e2e/dice.ts';
import { eventually } from '../../support/e2e/patience.ts';
import { findPodProcess, killPodProcess } from '../../support/e2e/pod-process.ts';
import { expectFinalWeights } from '../../support/e2e/proof.ts';
import { attemptOf, containerState } from '../../support/e2e/run-view.ts';
import type { RemoteServer } from '../../support/e2e/server-control.ts';
import { stage } from '../../support/e2e/stage.ts';
import { makeTestedRun, type TestedRun } from '../../support/e2e/tested-run.ts';
import { describeWith } from '../../support/requirement.ts';

const kills = runs(3, 30);

const parts = ['trainer', 'sync', 'restore', 'kubelet', 'store'] as const;

type Part = (typeof parts)[number];

const wordsOf = {
  trainer: ['/trainer/train.py'],
  sync: ['agent.mjs', 'sync'],
  restore: ['agent.mjs', 'restore'],
} as const;

interface Trial {
  readonly run: TestedRun;
  readonly dice: Dice;
}

/** The pod of an attempt that trains and has saved something: what ends without a save is followed by a pause. */
async function fruitfulPod(run: TestedRun): Promise<Pod> {
  const { attempt } = await run.until(
    'the attempt trains and has saved something',
    ({ phase, attempt, resumePoint }) => phase === 'Running' && resumePoint?.attempt === attempt,
  );
  return run.untilTraining(attempt);
}

/** kill -9 once it is there: kubelet lets a sync that was killed before wait for its next start. */
const killProcess = async (pod: Pod, part: keyof typeof wordsOf): Promise<void> =>
  eventually({
    otherwise: `there is no ${part} to kill in ${pod.metadata.name}`,
    everyMillis: 100,
    check: async () => (killPodProcess(pod.metadata.uid, wordsOf[part]) ? undefined : 'there is none'),
  });

/** Until then the status speaks of the attempt that was killed. */
async function untilFollowed(run: TestedRun, pod: Pod): Promise<void> {
  const ended = attemptOf(pod);
  await run.until(`an attempt follows attempt ${ended}`, ({ attempt }) => attempt > ended);
}

async function killAndRestart(server: RemoteServer, dice: Dice): Promise<void> {
  await server.kill();
  await delay(dice.under(3000));
  await server.start();
}

/** How the restore of an attempt was met: killed, or it had ended before anybody could. */
type Meeting = 'killed' | 'missed';

/** Kills the restore of this attempt, so long after its process was first seen. */
async function meetRestore(run: TestedRun, attempt: number, afterMillis: number): Promise<Meeting> {
  let meeting: Meeting | undefined;
  await eventually({
    otherwise: `the restore of attempt ${attempt} was neither killed nor missed`,
    everyMillis: 5,
    check: async () => {
      const pod = await run.pod(attempt);
      if (pod === undefined) return 'there is no pod';
      if (findPodProcess(pod.metadata.uid, wordsOf.restore) !== undefined) {
        await delay(afterMillis);
        meeting = killPodProcess(pod.metadata.uid, wordsOf.restore) ? 'killed' : 'missed';
      } else if (containerState(pod, 'restore')?.terminated !== undefined) meeting = 'missed';
      return meeting === undefined ? JSON.stringify(pod.status) : undefined;
    },
  });
  return meeting ?? 'missed';
}

/** Kills the restore of an attempt that follows the death of a trainer. One that was too quick is tried again, and met sooner. */
async function killRestore({ run, dice }: Trial, first: Pod): Promise<void> {
  let pod = first;
  for (let within = 400; ; within /= 2) {
    await killProcess(pod, 'trainer');
    const next = attemptOf(pod) + 1;
    const meeting = await meetRestore(run, next, dice.under(within));
    await untilFollowed(run, pod);
    if (meeting === 'killed') return;
    console.log(`  the restore of attempt ${next} ended before it could be killed`);
    pod = await fruitfulPod(run);
  }
}

async function kill(trial: Trial, part: Part, pod: Pod): Promise<void> {
  const { run, dice } = trial;
  switch (part) {
    case 'trainer':
      await killProcess(pod, 'trainer');
      return untilFollowed(run, pod);
    case 'sync':
      return killProcess(pod, 'sync');
    case 'restore':
      return killRestore(trial, pod);
    case 'kubelet':
      return killAndRestart(stage().kubelet(pod.spec?.nodeName ?? ''), dice);
    case 'store':
      return killAndRestart(stage().objectServer, dice);
  }
}

/** Every part once, in the order that the dice give, and then any. */
function choose(dice: Dice, count: number): readonly Part[] {
  const first = parts
    .map((part) => ({ part, rank: dice.under(1) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ part }) => part);
  return Array.from({ length: count }, (_, index) => first[index] ?? dice.pick(parts));
}

describeWith(await missingForNodes(), 'a run whose parts are killed', () => {
  test(`${kills} times ends with the weights of one that was not, and nothing torn is ever visible`, async (context) => {
    const dice = new Dice();
    const chosen = choose(dice, kills);
    console.log(`  REPRISE_SEED=${dice.seed}: ${chosen.join(', ')}`);
    const run = makeTestedRun(context, {
      namespace: 'killed-parts',
      // far more than can be made until the last kill, however long that takes: minutes for each
      pace: { updates: kills * 2000, updateSeconds: 0.1, lastEvery: 5, stepEvery: 1000 },
      spec: { retention: { keepModelLast: 100 } },
    });
    await using audit = new BucketAudit(run);
    await run.apply();
    for (const part of chosen) {
      const pod = await fruitfulPod(run);
      await delay(dice.under(1500));
      await kill({ run, dice }, part, pod);
    }
    const last = await fruitfulPod(run);
    await run.hurry();
    await run.evict(last);
    const done = await run.untilPhase('Succeeded');
    await expectFinalWeights(run, done);
    await audit.look();
    expect(audit.verdicts.size).toBeGreaterThan(kills);
    expect([...audit.verdicts].filter(([, verdict]) => verdict !== 'verified')).toEqual([]);
    console.log(`  attempts: ${done.attempt}; checkpoints seen: ${audit.verdicts.size}, all verified`);
  });
});
