// What a warm start must come to: the stand-in trainer takes the EMA over from a full checkpoint in its own memory and trains on,
// with no file of ours between. Two trainings are the same exactly if the digests of their checkpoints are.
import { runPython } from './tiny-trainer.ts';

const program = `
import sys
import checkpoint
from training import Training
source, target, updates, steps = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
full, warm = Training(1_000_000, updates, 4, 666), Training(1_000_000, updates, 4, 666)
checkpoint.load(source, full)
warm.ema, warm.ema_steps, warm.model = dict(full.ema), full.ema_steps, dict(full.ema)
for _ in range(steps):
    warm.step()
checkpoint.save(target, warm, lambda *_: None)
`;

export interface WarmTraining {
  /** The full checkpoint to take the weights of. */
  readonly from: string;
  readonly to: string;
  /** The trainer's --updates. */
  readonly planned: number;
  readonly updates: number;
}

/** Leaves the checkpoint after so many updates from a warm start. */
export async function trainFromWeights({ from, to, planned, updates }: WarmTraining): Promise<void> {
  const { code, stderr } = await runPython(['-c', program, from, to, String(planned), String(updates)]);
  if (code !== 0) throw new Error(stderr);
}
