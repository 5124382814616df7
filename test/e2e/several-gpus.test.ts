// A run on several GPUs of one node: what the attempt says of them, the shared memory its processes need, and a change of their number.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { attemptDocument } from '../../src/wire/attempt-document.ts';
import { listKeys, readText } from '../support/e2e/bucket.ts';
import { expectCondition, expectEnding, expectFlushed } from '../support/e2e/ending.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

const shmSize = 'import os; facts = os.statvfs("/dev/shm"); print(facts.f_frsize * facts.f_blocks)';

const gpus = (count: number) => ({ resources: { limits: { 'nvidia.com/gpu': String(count) } } });

describeWith(await missingForNodes(), 'a run on two GPUs', () => {
  test('says so, has its shared memory, and goes on with one when that is accepted', async (context) => {
    const run = await applyTestedRun(context, { namespace: 'two-gpus', holdsAt: 65, trainer: gpus(2) });
    const pod = await run.untilHeld(65, 60);
    const key = (await listKeys(run)).find((name) => name.endsWith('/attempt.json')) ?? '';
    expect(attemptDocument.parse(await readText(run, key), key).gpus).toBe(2);
    const inTrainer = ['exec', '-n', run.namespace, pod.metadata.name, '-c', 'trainer', '--'];
    expect(Number(await stage().cli.run(...inTrainer, 'python3', '-c', shmSize))).toBe(16 * 1024 * 1024);

    await run.patch({ spec: { trainer: gpus(1) } });
    await run.evict(pod);
    await expectEnding(run, { cause: 'Evicted', message: /EvictionByEvictionAPI/, entry: { gpus: 2 } });
    await expectCondition(run, {
      type: 'Stalled',
      reason: 'WorldSizeChanged',
      message: /was trained on 2 GPUs and the run now asks for 1 GPU.*restart\.acceptWorldSize: 1/,
    });
    await run.patch({ spec: { restart: { acceptWorldSize: 1 } } });
    await expectFlushed(run, pod, 60);
  });
});
