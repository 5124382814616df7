// What is read from a trainer's log: its last words, however it prints them.
import { expect, test } from 'vitest';
import { firstUpdateIn, lastWordsIn } from '../../../src/domain/run/trainer-log.ts';

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

test.each([
  {
    name: 'its first update line',
    log: '2026-11-25T14:00:00.000000001Z Loaded at update 30\n2026-11-25T14:00:07.250000000Z [00:01, update=31]\n2026-11-25T14:00:08Z update=32',
    want: { update: 31, at: Date.UTC(2026, 10, 25, 14, 0, 7, 250) },
  },
  {
    name: 'the first of a piece of a progress bar',
    log: '2026-11-25T14:00:07Z x\r[00:01, update=31]\r[00:02, update=32]\r',
    want: { update: 31, at: Date.UTC(2026, 10, 25, 14, 0, 7) },
  },
  {
    name: 'it in the time of another zone',
    log: '2026-11-25T22:30:00.5+08:30 update=31\n',
    want: { update: 31, at: Date.UTC(2026, 10, 25, 14, 0, 0, 500) },
  },
  {
    name: 'it in a zone behind',
    log: '2026-11-25T06:00:00-08:00 update=31\n',
    want: { update: 31, at: Date.UTC(2026, 10, 25, 14) },
  },
  { name: 'nothing of a line without a time', log: 'update=31\n', want: undefined },
  { name: 'nothing of a log without updates', log: '2026-11-25T06:00:00Z epoch=1\n', want: undefined },
])('the beginning of a log tells $name', ({ log, want }) => {
  expect(firstUpdateIn(log)).toEqual(want);
});
