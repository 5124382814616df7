// why: every way a run can stand is told with what it rests on, what comes next and what would change it.
import { beforeEach, describe, expect, test } from 'vitest';
import { runReasons } from '../../src/api/conditions.ts';
import { explain } from '../../src/cli/explanation.ts';
import { CliObserver } from '../support/cli-observer.ts';
import { refusal } from '../support/fake-cluster.ts';
import { RunBench } from '../support/run-bench.ts';
import { snapshotOf, statusWith } from '../support/run-snapshots.ts';

let bench: RunBench;
let observer: CliObserver;

beforeEach(() => {
  bench = new RunBench();
  observer = new CliObserver(bench);
  bench.training.script = { pace: 3, stepEvery: 10, target: 900, crashes: [] };
});

interface Report {
  readonly phase: string;
  readonly reason: string | null;
  readonly message: string;
  readonly judgedFrom: string;
  readonly evidence: readonly string[];
  readonly next: {
    readonly words: string;
    readonly actions: readonly object[];
    readonly recheckSeconds: number;
  } | null;
  readonly cure: string | null;
  readonly idle: string | null;
}

const report = async (): Promise<Report> =>
  JSON.parse((await observer.run('why', 'zh', '-o', 'json')).out) as Report;

const train = () => bench.liveUntil(() => bench.status.resumePoint !== undefined);

/** The only pod there is. */
const pod = () => bench.training.pods.at(-1)?.metadata ?? { name: '' };

describe('a run that', () => {
  test('trains: nothing is to be done, and why it is believed', async () => {
    await train();
    const { code, out, err } = await observer.run('why', 'zh');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(
      /^voice\/zh is Running\n  what +attempt 1 on gpu-1, from scratch; at least \d+ updates unsaved\n/,
    );
    expect(out).toMatch(/because +store main can be used\n/);
    expect(out).toMatch(
      / prod\/voice\/zh\/ holds \d checkpoints? of 1 attempt; the resume point is update \d+ of attempt 1/,
    );
    expect(out).toMatch(
      / attempt 1 is Training\n.* Job zh-1 stands\n.* pod zh-1-abcde, on gpu-1, is Running: restore exited 0, sync runs, trainer runs\n.* the trainer's log shows update \d+\n/,
    );
    expect(out).toMatch(
      / next +attempt 1 trains on; the operator looks again within 5s, and when something changes\n$/,
    );
  });

  test('waits for a node', async () => {
    bench.training.hasRoom = false;
    await bench.live(2);
    bench.training.kubelet.setPodStatus(pod(), {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes fit.' },
      ],
    });
    expect(await report()).toMatchObject({
      phase: 'Pending',
      reason: null,
      evidence: expect.arrayContaining(['the scheduler says: 0/2 nodes fit']),
      cure: 'Compare trainer.resources.limits and gpuProducts with the nodes (kubectl describe nodes).',
      next: { words: expect.stringMatching(/^attempt 1 has not begun to train, and is let alone; /) },
    });
  });

  test('waits for a while after a failure', async () => {
    await train();
    bench.training.script = { ...bench.training.script, crashes: [bench.training.history.updatesMade + 1] };
    await bench.live(2);
    expect(await report()).toMatchObject({
      phase: 'Restarting',
      evidence: expect.arrayContaining([expect.stringMatching(/^attempt 1 has ended: TrainerFailed/)]),
      next: { words: expect.stringMatching(/^it makes the next attempt in \d+s; /), actions: [] },
      cure: 'Nobody needs to do anything; a corrected spec.trainer, or a rollback, starts the next attempt at once. What the attempt said last: kubectl reprise logs -n voice zh.',
    });
  });

  test('stalls', async () => {
    await train();
    bench.objects.objects.delete(
      [...bench.objects.objects.keys()].find((key) => key.endsWith('attempt.json')) ?? '',
    );
    bench.training.kubelet.evict(pod());
    await bench.live(3);
    const { out } = await observer.run('why', 'zh');
    expect(out).toMatch(/^voice\/zh is Stalled: NoUsableCheckpoint\n/);
    expect(out).toMatch(
      / next +nothing before what stalls it has changed; the operator looks again within 30s/,
    );
    expect(out).toMatch(/ change it +Put one of the checkpoints back into the bucket/);
    expect(out).not.toMatch(/^ +operator  /m);
  });

  test('is refused its pod', async () => {
    await bench.passes();
    bench.cluster.storage.create(
      { group: 'events.k8s.io', plural: 'events' },
      {
        metadata: { name: 'e', namespace: 'voice' },
        regarding: { kind: 'Job', name: 'zh-1', uid: bench.jobs[0]?.metadata.uid },
        reason: 'FailedCreate',
        note: 'Error creating: pods "zh-1-x" is forbidden: exceeded quota: q',
        deprecatedLastTimestamp: '2026-11-22T12:00:00Z',
      },
    );
    await bench.clock.advance(4000);
    await bench.passes();
    expect(await report()).toMatchObject({
      phase: 'Stalled',
      reason: 'PodRefused',
      evidence: expect.arrayContaining([
        expect.stringMatching(/^the Job controller says: .*exceeded quota: q/),
      ]),
    });
  });

  test('is suspended, has failed, has succeeded', async () => {
    await train();
    bench.change({ spec: { suspend: true, suspendMode: 'Now' } });
    await bench.live(3);
    expect(await report()).toMatchObject({
      phase: 'Suspended',
      cure: 'Set spec.suspend to false: kubectl reprise resume -n voice zh.',
    });
    bench.change({ spec: { suspend: false, activeDeadlineSeconds: 1 } });
    await bench.live(3);
    expect(await report()).toMatchObject({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      next: { words: expect.stringMatching(/^nothing before somebody acts/) },
      cure: 'Raise or remove activeDeadlineSeconds; the run then goes on from what is saved.',
    });
    bench.change({ spec: { activeDeadlineSeconds: null } });
    bench.training.script = { ...bench.training.script, pace: 500 };
    await bench.liveUntil(() => bench.status.phase === 'Succeeded');
    await bench.live(2);
    expect(await report()).toMatchObject({
      phase: 'Succeeded',
      next: { actions: [], recheckSeconds: null },
      cure: null,
    });
  });
});

test('a run that is being deleted is promised no other attempt', async () => {
  await train();
  bench.change({ metadata: { finalizers: ['reprise.dev/test'] } });
  bench.deleteRun();
  bench.training.kubelet.evict(pod());
  await bench.training.turn();
  expect(await report()).toMatchObject({
    reason: 'BeingDeleted',
    evidence: ['metadata.deletionTimestamp is set', expect.stringMatching(/^pod zh-1-abcde is still there/)],
    next: { actions: [], recheckSeconds: null },
    idle: null,
  });
});

test('a run that the operator moves on while it is read is read again', async () => {
  await train();
  let isMoved = false;
  bench.cluster.before = async ({ verb, plural }) => {
    if (isMoved || verb !== 'list' || plural !== 'jobs') return;
    isMoved = true;
    bench.training.kubelet.evict(pod());
    await bench.passes();
  };
  const { run } = await observer.observe();
  expect(run.status).toMatchObject({ attempt: 2 });
});

describe('the operator', () => {
  test('that acts in a moment is not called idle', async () => {
    const asked = observer.run('why', 'zh', '-o', 'json');
    await bench.passes();
    expect(JSON.parse((await asked).out)).toMatchObject({ idle: null });
  });

  test('that does not run has written no status', async () => {
    expect((await report()).idle).toMatch(
      /^Nobody has written a status of this run\. Either no operator runs/,
    );
  });

  test('that stopped has not taken up the spec', async () => {
    await train();
    bench.change({ spec: { suspend: true } });
    expect((await report()).idle).toMatch(
      /^Nobody has taken up the newest spec \(generation 2; status speaks of 1\)/,
    );
  });

  test('that stopped does not do what is due', async () => {
    await train();
    bench.training.kubelet.evict(pod());
    await bench.training.turn();
    const { idle, next } = await report();
    expect(idle).toMatch(/^Nobody does what is to be done now \(WriteMarker, CreateJob, ExpireJob\)\./);
    expect(next).toMatchObject({
      words: expect.stringMatching(/^now: .*it makes attempt 2, which starts from update \d+/),
      actions: [{ do: 'WriteMarker' }, { do: 'CreateJob', attempt: 2 }, { do: 'ExpireJob', name: 'zh-1' }],
    });
  });

  test('that is refused a Job tries again now and then, which is not idle', async () => {
    bench.cluster.before = ({ verb, plural }) => {
      if (verb === 'create' && plural === 'jobs') throw refusal('Forbidden', 'exceeded quota: q');
    };
    await bench.live(2);
    expect(await report()).toMatchObject({ phase: 'Stalled', reason: 'JobRefused', idle: null });
  });
});

test('every reason of a stall and of a failure that somebody can mend has its cure', () => {
  const stalled = Object.keys(runReasons.Stalled).filter(
    (reason) => !reason.startsWith('Not') || reason === 'NotEnoughDisk',
  );
  for (const reason of stalled) {
    const store = { kind: 'Unready', reason, message: 'as it is' } as const;
    const snapshot = snapshotOf({ status: statusWith([]), snapshot: { store } });
    const told = explain(snapshot, { isBlind: false, isBucketUnseen: false });
    expect(told).toMatchObject({ phase: 'Stalled', reason, cure: runReasons.Stalled[reason]?.cure });
    expect(told.cure).toMatch(/\w/);
  }
});

test('an update is wrong usage, and a run that does not exist is said so', async () => {
  expect((await observer.run('why', 'zh@40')).code).toBe(2);
  expect(await observer.run('why', 'other')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^error: there is no/),
  });
});
