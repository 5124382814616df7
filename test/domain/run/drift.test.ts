// World-size drift: another number of GPUs than the checkpoint was trained on waits for a person's word.
import { expect, test } from 'vitest';
import { ended, passOver, type RunTale, statusWith } from '../../support/run-snapshots.ts';

const status = statusWith([ended(2, 'Evicted'), ended(1, 'Evicted')]);
const bucket = [
  { number: 1, last: [30], gpus: 2 },
  { number: 2, from: [1, 30] as const, last: [60], gpus: 2 },
];
const started = (tale: RunTale): number | undefined =>
  passOver({ status, bucket, ...tale }).decision.starts?.number;

test('stalls with the cure', () => {
  const { decision, status: after } = passOver({ status, bucket, spec: { gpus: 1 } });
  expect(decision.starts).toBeUndefined();
  expect(decision.standing).toMatchObject({ is: 'Stalled', reason: 'WorldSizeChanged' });
  expect(after.message).toBe(
    `update 60 was trained on 2 GPUs and the run now asks for 1 GPU: F5-TTS's learning-rate schedule would be wrong from there on. Set trainer.resources.limits["nvidia.com/gpu"] back to 2, or accept the new size with restart.acceptWorldSize: 1.`,
  );
});

test.each<{ name: string; tale: RunTale; want: number | undefined }>([
  { name: 'as many GPUs', tale: { spec: { gpus: 2 } }, want: 3 },
  { name: 'the new size, accepted', tale: { spec: { gpus: 1, acceptWorldSize: 1 } }, want: 3 },
  {
    name: 'another size than was accepted',
    tale: { spec: { gpus: 4, acceptWorldSize: 1 } },
    want: undefined,
  },
  {
    name: 'an attempt that accepted the new size but saved nothing on it',
    tale: {
      spec: { gpus: 1 },
      bucket: [
        { number: 1, last: [30], gpus: 2 },
        { number: 2, from: [1, 30], gpus: 1 },
      ],
    },
    want: undefined,
  },
  {
    name: 'a checkpoint that was saved on the new size',
    tale: {
      spec: { gpus: 1 },
      bucket: [
        { number: 1, last: [30], gpus: 2 },
        { number: 2, from: [1, 30], last: [60], gpus: 1 },
      ],
    },
    want: 3,
  },
  { name: 'nothing saved yet', tale: { spec: { gpus: 1 }, bucket: [{ number: 1, gpus: 2 }] }, want: 3 },
])('$name: attempt $want starts', ({ tale, want }) => {
  expect(started(tale)).toBe(want);
});
