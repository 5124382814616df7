// A trainer that its node's runtime cannot start, again and again: no budget is spent, the run says what is wrong, and a corrected
// one starts at once; also when the pod is gone, and with it what its runtime said, before any operator has seen it.
import { beforeEach, describe, expect, test } from 'vitest';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(async () => {
  bench = new RunBench({ restart: { maxFailures: 1 } });
  bench.training.hasRoom = false;
});

const ended = (name: string, facts: { readonly exitCode: number; readonly [fact: string]: unknown }) => ({
  name,
  restartCount: 0,
  state: {
    terminated: { startedAt: '1970-01-01T00:00:00Z', finishedAt: '1970-01-01T00:02:00Z', ...facts },
  },
});

const done = { exitCode: 0, reason: 'Completed' };

// As kubelet 1.35 and containerd 1.6 report it.
const startError =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/absent": stat /absent: no such file or directory: unknown';

/** The newest pod cannot be started; its Job hears of it. */
function failStart(): void {
  const pod = bench.training.pods.at(-1);
  if (pod === undefined) throw new Error('there is no pod');
  bench.training.kubelet.setPodStatus(pod.metadata, {
    phase: 'Failed',
    initContainerStatuses: [ended('restore', done), ended('sync', done)],
    containerStatuses: [ended('trainer', { exitCode: 128, reason: 'StartError', message: startError })],
  });
  bench.training.jobs.step();
}

async function untilAttempt(number: number): Promise<void> {
  await bench.liveUntil(() =>
    bench.training.pods.some(({ metadata }) => metadata.name === `zh-${number}-abcde`),
  );
}

const stalledFor = (): string | undefined =>
  bench.status.conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')?.reason;

async function correct(): Promise<void> {
  bench.training.hasRoom = true;
  bench.change({ spec: { trainer: { command: ['/present'] } } });
  await bench.liveUntil(() => bench.status.phase === 'Succeeded');
}

describe('a trainer that cannot be started', () => {
  test('is tried again by itself, later each time, told in one row, and its correction needs no budget', async () => {
    for (const number of [1, 2, 3]) {
      await untilAttempt(number);
      failStart();
      await bench.passes();
      expect(stalledFor()).toBe('RunContainerError');
      expect(bench.status).toMatchObject({ phase: 'Stalled', failures: 0, attempt: number });
      expect(bench.status.message).toBe(
        `attempt ${number}: the trainer could not be started (exec: "/absent": stat /absent: no such file or directory): correct trainer.command, or use an image that has the program. It is tried again by itself every few minutes.`,
      );
      expect(await bench.passes()).toBe(10 * 2 ** (number - 1));
    }
    await correct();
    expect(bench.status).toMatchObject({
      attempt: 4,
      failures: 0,
      totals: { attempts: 4, failures: 0, disruptions: 0 },
      attempts: [
        { number: 4, cause: 'Succeeded' },
        { number: 3, cause: 'TrainerNotStarted', repeats: 3, trainedSeconds: 0 },
      ],
    });
  });

  test('is told by its exit code to an operator that comes when the pod is gone', async () => {
    await untilAttempt(1);
    failStart();
    bench.training.kubelet.removePod({ namespace: 'voice', name: 'zh-1-abcde' });
    bench.restartOperator();
    await bench.passes();
    expect(stalledFor()).toBe('RunContainerError');
    expect(bench.status).toMatchObject({
      failures: 0,
      attempts: [{ number: 1, cause: 'TrainerNotStarted', exitCode: 128 }],
    });
    await correct();
    expect(bench.status).toMatchObject({ attempt: 2, failures: 0, totals: { failures: 0 } });
  });
});
