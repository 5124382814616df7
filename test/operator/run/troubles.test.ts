// What goes wrong around a run: it says so, does nothing on half knowledge, and goes on by itself when the cause is gone.
import { beforeEach, describe, expect, test } from 'vitest';
import { jobs } from '../../../src/ports/kinds.ts';
import { refusal } from '../../support/fake-cluster.ts';
import { RunBench, runName, runPrefix } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(() => {
  bench = new RunBench();
});

const isSucceeded = (): boolean => bench.status.phase === 'Succeeded';
const isRunning = (): boolean => bench.status.phase === 'Running';
const stalledFor = (): string | undefined =>
  bench.status.conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')?.reason;

/** Fails the calls of the operator that `strikes` names, until told to stop. */
function failWhen(
  strikes: (verb: string, plural: string) => boolean,
  code: 'Forbidden' | 'Invalid' | 'Unavailable' | 'Conflict',
): () => void {
  bench.cluster.before = ({ verb, plural }) => {
    if (strikes(verb, plural)) throw refusal(code, `${verb} ${plural}: ${code} by plan`);
  };
  return () => {
    bench.cluster.before = () => undefined;
  };
}

describe('the store', () => {
  test('that is not ready stalls the run with the reason, and is asked again', async () => {
    bench.refusedStore = {
      kind: 'Unready',
      reason: 'StoreNotFound',
      message: 'There is no CheckpointStore main. Create it.',
    };
    expect(await bench.passes()).toBe(30);
    expect(bench.status).toMatchObject({
      phase: 'Stalled',
      attempt: 0,
      message: 'There is no CheckpointStore main. Create it.',
    });
    expect([stalledFor(), bench.jobNames]).toEqual(['StoreNotFound', []]);
    bench.refusedStore = undefined;
    await bench.liveUntil(isSucceeded);
  });

  test('that cannot be listed lets no attempt start', async () => {
    bench.objects.faults.outage = 'Unavailable';
    await bench.live(2);
    expect([stalledFor(), bench.jobNames, bench.status.attempt]).toEqual(['BucketUnreadable', [], 0]);
    bench.objects.faults.outage = undefined;
    await bench.liveUntil(isSucceeded);
  });

  test('that goes away in mid-training stops nothing, and the run says what it last knew', async () => {
    await bench.liveUntil(isRunning);
    await bench.live(3);
    bench.objects.faults.outage = 'Unavailable';
    await bench.live(2);
    expect(bench.status).toMatchObject({ phase: 'Running', resumePoint: { update: 20 } });
    expect(bench.jobNames).toEqual(['zh-1']);
    bench.objects.faults.outage = undefined;
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempts).toMatchObject([{ number: 1, cause: 'Succeeded' }]);
  });

  test('is read again as soon as it is back, also when nothing came since', async () => {
    await bench.liveUntil(isRunning);
    bench.objects.faults.outage = 'Unavailable';
    await bench.live(2);
    bench.training.script = { ...bench.training.script, pace: 0 };
    await bench.passes();
    expect(bench.status.conditions.at(-1)?.reason).toBe('Stopped');
    bench.objects.faults.outage = undefined;
    await bench.passes();
    expect(bench.status.conditions.at(-1)?.reason).toBe('NothingToDelete');
  });

  test('that is away when the trainer ends leaves the end open until it is back', async () => {
    await bench.liveUntil(() => bench.status.progress?.update === 80);
    bench.objects.faults.outage = 'Unavailable';
    await bench.live(6);
    expect(bench.training.pods[0]?.status?.phase).toBe('Succeeded');
    expect(bench.status).toMatchObject({ phase: 'Stalled', attempts: [{ number: 1 }] });
    expect(bench.status.attempts[0]).not.toHaveProperty('cause');
    bench.objects.faults.outage = undefined;
    await bench.live(1);
    expect(bench.status).toMatchObject({ phase: 'Succeeded', attempts: [{ number: 1, cause: 'Succeeded' }] });
  });

  test('half of whose listing arrives is not listed at all', async () => {
    bench.objects.pageSize = 1;
    await bench.liveUntil(isRunning);
    await bench.live(4);
    bench.objects.faults.add({ on: 'list', midway: 'Unavailable', times: Infinity });
    bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
    await bench.live(2);
    expect([stalledFor(), bench.jobNames]).toEqual(['BucketUnreadable', ['zh-1']]);
  });

  test('with a document from a newer version stops the start, and says to upgrade', async () => {
    bench.objects.seed(`${runPrefix}run.json`, '{"version":2}');
    await bench.live(1);
    expect([stalledFor(), bench.jobNames]).toEqual(['NewerLayout', []]);
    expect(bench.status.message).toContain('upgrade this program');
  });

  test('whose checkpoints were all removed never makes a run start from zero', async () => {
    await bench.liveUntil(isRunning);
    await bench.live(4);
    for (const key of bench.checkpoints) bench.objects.objects.delete(runPrefix + key);
    bench.training.flushes = false;
    bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
    await bench.live(20);
    expect([stalledFor(), bench.jobNames]).toEqual(['NoUsableCheckpoint', ['zh-1']]);
  });
});

describe('a Job that is refused', () => {
  test.each(['Forbidden', 'Invalid'] as const)(
    '(%s) is said in the API server’s words, keeps its number, and is tried again',
    async (code) => {
      const heal = failWhen((verb, plural) => verb === 'create' && plural === 'jobs', code);
      expect(await bench.passes()).toBe(30);
      expect(bench.status).toMatchObject({
        phase: 'Stalled',
        attempt: 1,
        message: `the API server refuses Job voice/zh-1: create jobs: ${code} by plan. Change what it names, or make room for it; it is tried again by itself.`,
      });
      expect(stalledFor()).toBe('JobRefused');
      heal();
      await bench.liveUntil(isSucceeded);
      expect(bench.status).toMatchObject({ attempt: 1, attempts: [{ number: 1 }] });
      expect(bench.events.filter(({ reason }) => reason === 'AttemptStarted')).toHaveLength(1);
    },
  );

  test('because somebody else’s Job has its name says how to make room', async () => {
    bench.cluster.storage.create(jobs, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { namespace: 'voice', name: 'zh-1' },
      spec: {},
    });
    await bench.passes();
    expect(bench.status.message).toBe(
      "Job voice/zh-1 exists and is not this run's: delete it (kubectl delete job -n voice zh-1), or rename the run",
    );
    bench.cluster.storage.delete(jobs, { namespace: 'voice', name: 'zh-1' }, {});
    await bench.liveUntil(isSucceeded);
  });

  test('for a moment only is tried again without a word, under another number, since it may have been made', async () => {
    const heal = failWhen((verb, plural) => verb === 'create' && plural === 'jobs', 'Unavailable');
    await expect(bench.passes()).rejects.toMatchObject({ code: 'Unavailable' });
    expect(bench.status).toMatchObject({ phase: 'Pending', attempt: 1 });
    heal();
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempt).toBe(2);
  });
});

describe('a conflict over the status', () => {
  test('ends the pass before anything is done', async () => {
    failWhen((verb) => verb === 'applyStatus', 'Conflict');
    await expect(bench.pass()).rejects.toMatchObject({ code: 'Conflict' });
    expect([bench.jobNames, bench.marker, bench.events]).toEqual([[], undefined, []]);
  });

  test('also ends a pass that has nothing new to write but something to do, on a run it knows from yesterday', async () => {
    const heal = failWhen((verb, plural) => verb === 'create' && plural === 'jobs', 'Unavailable');
    await expect(bench.pass()).rejects.toMatchObject({ code: 'Unavailable' });
    heal();
    await expectNoJobWhileLagging();
  });
});

async function expectNoJobWhileLagging(): Promise<void> {
  await bench.settled();
  using _lag = bench.cluster.watches.hold();
  bench.deleteRun();
  bench.apply();
  await expect(bench.pass()).rejects.toMatchObject({ code: 'Conflict' });
  expect(bench.jobNames).toEqual([]);
}

test('a Job that vanishes before it is tidied is no trouble', async () => {
  bench.cluster.before = ({ verb, plural }) => {
    if (verb !== 'patch' || plural !== 'jobs') return;
    bench.cluster.storage.delete(jobs, { namespace: 'voice', name: 'zh-1' }, {});
  };
  await bench.liveUntil(isSucceeded);
  expect(bench.marker).toMatchObject({ phase: 'Succeeded' });
});

test('Events and logs that cannot be had hold nothing up', async () => {
  failWhen((verb, plural) => plural === 'events' || verb === 'logTail', 'Forbidden');
  await bench.liveUntil(isSucceeded);
  expect(bench.status.attempts).toMatchObject([
    { cause: 'Succeeded', lostUpdates: 0, lostUpdatesIsLowerBound: true },
  ]);
  expect(bench.log.lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      message: 'an Event could not be written',
      fields: expect.objectContaining({ run: 'voice/zh' }),
    }),
  );
});

test('an end is told although what follows it fails', async () => {
  await bench.liveUntil(isRunning);
  const heal = failWhen((verb, plural) => verb === 'create' && plural === 'jobs', 'Unavailable');
  bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
  await expect(bench.pass()).rejects.toMatchObject({ code: 'Unavailable' });
  heal();
  expect(bench.events.map(({ reason }) => reason)).toContain('Evicted');
});

test('a run that is being deleted is left alone', async () => {
  bench.change({ metadata: { finalizers: ['somebody.example/else'] } });
  await bench.liveUntil(isRunning);
  const before = bench.status;
  bench.deleteRun();
  bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
  await bench.pass();
  expect([bench.status, bench.jobNames]).toEqual([before, ['zh-1']]);
});

test('a run that cannot be understood is logged and left alone', async () => {
  bench.change({ spec: { trainer: { image: null } } });
  expect(await bench.pass()).toMatchObject({ kind: 'stalled' });
  expect(bench.log.messages('error')).toEqual(['the run is not understood: apply it anew']);
  expect(bench.events).toMatchObject([
    { reason: 'NotUnderstood', message: expect.stringContaining('spec.trainer.image') },
  ]);
  expect(
    bench.cluster.storage.read({ group: 'reprise.dev', plural: 'ttstrainingruns' }, runName),
  ).not.toHaveProperty('status');
});
