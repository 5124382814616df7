// What is read from a trainer's log: its last words, however it prints them.
import { expect, test } from 'vitest';
import { lastWordsIn } from '../../../src/domain/run/trainer-log.ts';

test.each<{ name: string; log: string; want: string | undefined }>([
  { name: 'nothing', log: '', want: undefined },
  { name: 'only rules and dots', log: '-----\n.....\n', want: undefined },
  { name: 'its last line', log: 'loading\nout of data\n\n', want: 'out of data' },
  {
    name: 'the error, not what a launcher prints after it',
    log: 'Traceback (most recent call last):\n  File "t.py", line 3\nFileNotFoundError: data/x\n[rank0] exiting\n',
    want: 'FileNotFoundError: data/x',
  },
  {
    name: 'an error of a library',
    log: 'torch.cuda.OutOfMemoryError: CUDA out of memory.\n',
    want: 'torch.cuda.OutOfMemoryError: CUDA out of memory.',
  },
  { name: 'the last state of a progress bar', log: 'Epoch 1: 10%\rEpoch 1: 20%\r', want: 'Epoch 1: 20%' },
  { name: 'no colours, no bells', log: '\u001B[31mfailed\u001B[0m\u0007\n', want: 'failed' },
  { name: 'other scripts', log: '数据不存在\n', want: '数据不存在' },
  { name: 'a start of what never ends', log: 'x'.repeat(5000), want: `${'x'.repeat(299)}…` },
])('$name', ({ log, want }) => {
  expect(lastWordsIn(log)).toBe(want);
});
