// What a trainer's own end says of its cause, and the words of it that a person needs.
import { describe, expect, test } from 'vitest';
import type { Cause } from '../../../src/domain/run/causes.ts';
import type { ContainerFacts, EndFacts } from '../../../src/domain/run/facts.ts';
import { trainerEnd } from '../../../src/domain/run/trainer-end.ts';
import { ago, exited } from '../../support/run-snapshots.ts';

const saved: EndFacts = { flushed: true, filesSeen: 3, lastUpdateSeen: 40 };

const importError = `Traceback (most recent call last):
  File "train.py", line 3, in <module>
    import torchcodec
ModuleNotFoundError: No module named 'torchcodec'
`;

/** A trainer that ended 10 s ago with this log, after so many seconds. */
const failedAfter = (seconds: number, message: string, facts: Partial<ContainerFacts> = {}): ContainerFacts =>
  exited(1, { message, startedAt: ago(10 + seconds), ...facts });

describe('a trainer that failed', () => {
  test.each<readonly [string, ContainerFacts, EndFacts | undefined, Cause, string]>([
    [
      'before it had trained',
      failedAfter(3, importError),
      undefined,
      'TrainerFailed',
      "the trainer failed with exit code 1, 3 s after its start and before it had trained (ModuleNotFoundError: No module named 'torchcodec')",
    ],
    [
      'soon, but with a checkpoint',
      failedAfter(3, 'ValueError: bad'),
      saved,
      'TrainerFailed',
      'the trainer failed with exit code 1 (ValueError: bad)',
    ],
    [
      'late',
      failedAfter(600, 'ValueError: bad'),
      undefined,
      'TrainerFailed',
      'the trainer failed with exit code 1 (ValueError: bad)',
    ],
    ['without a word', failedAfter(600, ''), saved, 'TrainerFailed', 'the trainer failed with exit code 1'],
    [
      'for want of GPU memory',
      failedAfter(90, 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB'),
      saved,
      'OutOfMemory',
      'the trainer ran out of GPU memory: lower datasets.batch_size_per_gpu, or choose GPUs with more memory (gpuProducts)',
    ],
    [
      'for want of disk',
      failedAfter(90, 'OSError: [Errno 28] No space left on device'),
      saved,
      'ScratchFull',
      'the trainer found a disk full (OSError: [Errno 28] No space left on device): raise scratch.size, or write less beside the checkpoints',
    ],
    [
      'killed for its memory',
      exited(137, { reason: 'OOMKilled' }),
      saved,
      'OutOfMemory',
      'the trainer ran out of memory (OOMKilled): raise trainer.resources.limits.memory',
    ],
    [
      'while kubelet was away',
      exited(137, { reason: 'ContainerStatusUnknown', message: 'No space left on device' }),
      saved,
      'NodeRestarted',
      'its node restarted and lost the exit code (ContainerStatusUnknown)',
    ],
    [
      'while containerd was away',
      exited(255, { reason: 'Unknown', message: 'update=42' }),
      undefined,
      'NodeRestarted',
      'its node restarted and lost the exit code (Unknown)',
    ],
    [
      'with an exit code that containerd uses too',
      exited(255, { message: 'ValueError: bad' }),
      saved,
      'TrainerFailed',
      'the trainer failed with exit code 255 (ValueError: bad)',
    ],
    [
      'killed, with an error in its log from long before',
      exited(137, { message: 'ValueError: retried' }),
      saved,
      'Disrupted',
      'the trainer was killed (exit code 137)',
    ],
  ])('%s', (...[, trainer, end, cause, message]) => {
    expect(trainerEnd(trainer, { end, hasTrained: false })).toMatchObject({ cause, message });
  });
});

const endedSoon = (message: string | undefined): string =>
  trainerEnd(exited(1, { message, startedAt: ago(13) }), { end: undefined, hasTrained: false }).message;

test('a trainer that ended soon is not said to have trained nothing when its log shows an update, or is not known', () => {
  expect(endedSoon('update=3\nValueError: bad')).toMatch(/code 1, 3 s after its start \(ValueError: bad\)$/);
  expect(endedSoon(undefined)).toMatch(/code 1, 3 s after its start$/);
});

test('one of which an update was seen has trained, however soon it failed', () => {
  const { message } = trainerEnd(failedAfter(3, ''), { end: undefined, hasTrained: true });
  expect(message).toBe('the trainer failed with exit code 1');
});
