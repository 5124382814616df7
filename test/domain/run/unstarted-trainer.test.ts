// A trainer whose program never ran: told with its cure, tried again now and then, and never counted.
import { describe, expect, test } from 'vitest';
import { type AttemptEvidence, stageOf } from '../../../src/domain/run/classification.ts';
import type { ContainerFacts, EndFacts } from '../../../src/domain/run/facts.ts';
import type { LedgerEntry } from '../../../src/domain/run/status.ts';
import {
  ended,
  evidenceOf,
  exited,
  failedJob,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  statusWith,
  timeAgo,
} from '../../support/run-snapshots.ts';

// As kubelet 1.35 reported it with containerd 1.6 and runc 1.1.
const absent =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/absent": stat /absent: no such file or directory: unknown';
const untouched: EndFacts = { flushed: true, filesSeen: 0, lastUpdateSeen: null };
const saved: EndFacts = { flushed: true, filesSeen: 3, lastUpdateSeen: 40 };

const startError = (message?: string): ContainerFacts => exited(128, { reason: 'StartError', message });
const over = (trainer: ContainerFacts, end: EndFacts = untouched) =>
  evidenceOf({ pod: podOfAttempt(1, { phase: 'Failed', trainer }), end });

describe('a trainer that its runtime could not start', () => {
  const command = 'correct trainer.command, or use an image that has the program';
  const other = 'correct what of the trainer it names, or mend the node';

  test.each<readonly [string, ContainerFacts, string]>([
    [
      'by containerd, whose wrapping is left out',
      startError(absent),
      `the trainer could not be started (exec: "/absent": stat /absent: no such file or directory): ${command}`,
    ],
    [
      'by dockershim',
      exited(127, { reason: 'ContainerCannotRun', message: 'exec: "pythn": not found in $PATH' }),
      `the trainer could not be started (exec: "pythn": not found in $PATH): ${command}`,
    ],
    [
      'for want of memory',
      startError('container init was OOM-killed (memory limit too low?): unknown'),
      'the trainer could not be started (container init was OOM-killed (memory limit too low?)): raise trainer.resources.limits.memory',
    ],
    [
      'because its node is broken, which is no fault of its own however it is worded',
      startError('error running hook #0: nvidia-container-cli: No space left on device'),
      `the trainer could not be started (error running hook #0: nvidia-container-cli: No space left on device): ${other}`,
    ],
    ['without a word', startError(), `the trainer could not be started (StartError): ${other}`],
    [
      'since it is built for another architecture',
      exited(1, { message: 'exec /trainer/train: exec format error\n' }),
      `the trainer could not be started (exec /trainer/train: exec format error): ${command}`,
    ],
    [
      'since its interpreter is not there, in the words of an older runc',
      exited(1, {
        message: 'standard_init_linux.go:228: exec user process caused: no such file or directory',
      }),
      `the trainer could not be started (standard_init_linux.go:228: exec user process caused: no such file or directory): ${command}`,
    ],
  ])('%s', (_how, trainer, message) => {
    expect(stageOf(over(trainer))).toEqual({
      stage: 'Ended',
      cause: 'TrainerNotStarted',
      exitCode: trainer.exitCode,
      message,
    });
  });

  test.each<readonly [string, AttemptEvidence]>([
    ['exits with the code of one that was not started', over(exited(128))],
    ['says something like it', over(exited(1, { message: 'sh: 1: exec: /absent: not found' }))],
    ['saved, and ran something else last', over(exited(1, { message: 'exec /x: exec format error' }), saved)],
  ])('is not meant by one that ran and %s', (_what, evidence) => {
    expect(stageOf(evidence)).toMatchObject({ stage: 'Ended', cause: 'TrainerFailed' });
  });
});

const job = (exitCode: number) =>
  failedJob(
    1,
    `Container trainer for pod voice/zh-1-x failed with exit code ${exitCode} matching FailJob rule at index 4`,
  );

describe('once the pod is gone', () => {
  test.each<readonly [string, Partial<AttemptEvidence>, object]>([
    [
      'the code of containerd tells it, where nothing was trained',
      { job: job(128), end: untouched },
      { stage: 'Ended', cause: 'TrainerNotStarted', exitCode: 128 },
    ],
    ['so it does without end.json', { job: job(128) }, { stage: 'Ended', cause: 'TrainerNotStarted' }],
    [
      'it waits for the bucket, which may know better',
      { job: job(128), end: 'Unread' as const },
      { stage: 'Flushing' },
    ],
    [
      'what it saved proves that it ran',
      { job: job(128), end: saved },
      { stage: 'Ended', cause: 'TrainerFailed', exitCode: 128 },
    ],
    [
      'what it was seen to make does, too',
      { job: job(128), hasTrained: true },
      { stage: 'Ended', cause: 'TrainerFailed' },
    ],
    ['a shell that lacks the program ran', { job: job(127) }, { stage: 'Ended', cause: 'TrainerFailed' }],
    [
      'for another code nothing is waited for',
      { job: job(1), end: 'Unread' as const },
      { stage: 'Ending', cause: 'TrainerFailed' },
    ],
  ])('%s', (_what, evidence, stage) => {
    expect(stageOf(evidenceOf(evidence))).toMatchObject(stage);
  });
});

describe('a run whose trainer cannot be started', () => {
  const message = 'the trainer could not be started (exec: "/absent"): correct trainer.command';
  const notStarted = (number: number, seconds: number, facts: Partial<LedgerEntry> = {}) =>
    ended(number, 'TrainerNotStarted', { message, endedAt: timeAgo(seconds), ...facts });

  function at(seconds: number, tale: RunTale & { readonly times?: number } = {}) {
    const { times = 1, ...others } = tale;
    const before = times === 1 ? [] : [notStarted(1, 400, { repeats: times - 1 })];
    const status = statusWith([notStarted(2, seconds), ...before], { failures: 2, handledRetry: 'a' });
    return passOver({ status, spec: { maxFailures: 3 }, ...others });
  }

  test('is Stalled with the words of the runtime and the cure, and has spent nothing', () => {
    const { decision, status } = at(4);
    expect(decision).toMatchObject({
      standing: { is: 'Stalled', reason: 'RunContainerError', triesIn: 6 },
      starts: undefined,
      recheck: 6,
    });
    expect(status).toMatchObject({
      phase: 'Stalled',
      failures: 2,
      message: `attempt 2: ${message}. It is tried again by itself every few minutes.`,
    });
  });

  test('spends nothing in the pass that sees the end, which is told as a warning', () => {
    const { decision, status } = passOver({
      status: statusWith([{ number: 1 }], { failures: 2 }),
      spec: { maxFailures: 3 },
      jobs: [jobOfAttempt(1)],
      pods: [podOfAttempt(1, { phase: 'Failed', trainer: startError(absent) })],
      bucket: [{ number: 1 }],
    });
    expect(status).toMatchObject({
      phase: 'Stalled',
      failures: 2,
      totals: { failures: 0, disruptions: 0 },
      attempts: [{ number: 1, cause: 'TrainerNotStarted', exitCode: 128, trainedSeconds: 0 }],
    });
    expect(decision.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Warning TrainerNotStarted',
      'Warning RunContainerError',
    ]);
  });

  test('is tried again later and later, in one row of the ledger', () => {
    expect(at(10).decision.starts?.number).toBe(3);
    expect(at(299, { times: 10 }).decision).toMatchObject({ starts: undefined, recheck: 1 });
    expect(at(300, { times: 10 }).decision.attempts.map(({ entry }) => entry)).toMatchObject([
      { number: 3 },
      { number: 2, repeats: 10 },
    ]);
  });

  test.each<readonly [string, RunTale]>([
    ['the spec is corrected', { run: { generation: 2 } }],
    ['the workload was, in a pass that could not start', { spec: { workload: 'corrected' } }],
    ['somebody asks for it', { run: { retry: 'b' } }],
  ])('is tried again at once when %s', (_what, tale) => {
    expect(at(1, { ...tale, times: 10 }).decision.starts?.number).toBe(3);
  });

  test('says, while its pod ends, that nothing was trained', () => {
    const { status } = passOver({
      status: statusWith([{ number: 1 }]),
      jobs: [jobOfAttempt(1)],
      pods: [podOfAttempt(1, { trainer: startError(absent) })],
      bucket: [{ number: 1 }],
    });
    expect(status.message).toBe(
      'attempt 1 on gpu-1: its trainer could not be started, and its pod is coming to its end',
    );
  });
});
