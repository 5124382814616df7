// A trainer as far as its directory shows it: it saves in place as F5-TTS does, piece by piece, sometimes pausing in the middle, and
// remembers what it wrote. It shares nothing with sync but the files.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dice } from './e2e/dice.ts';
import { largeCheckpoint } from './large-checkpoints.ts';

const pieceBytes = 1024 * 1024;

export class SavingTrainer {
  /** What each name holds by the trainer's own account. */
  readonly files = new Map<string, Buffer>();
  readonly steps: number[] = [];
  update = 0;
  readonly #directory: string;
  readonly #dice: Dice;
  readonly #fillerBytes: number;

  constructor(directory: string, dice: Dice, fillerBytes: number) {
    this.#directory = directory;
    this.#dice = dice;
    this.#fillerBytes = fillerBytes;
  }

  /** The next update: the Last, and of every other one the Step too. */
  async trainOn(): Promise<void> {
    this.update += 1;
    await this.#save('model_last');
    if (this.update % 2 === 1) return;
    await this.#save(`model_${this.update}`);
    this.steps.push(this.update);
  }

  async #save(stem: string): Promise<void> {
    const bytes = await largeCheckpoint({ update: this.update, stem, fillerBytes: this.#fillerBytes });
    this.files.set(`${stem}.pt`, bytes);
    const file = await open(join(this.#directory, `${stem}.pt`), 'w');
    const pauseAt = this.#dice.under(3) < 1 ? Math.floor(this.#dice.under(bytes.length)) : undefined;
    try {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        if (pauseAt !== undefined && at <= pauseAt && pauseAt < at + pieceBytes) await delay(400);
        await file.write(bytes, at, Math.min(pieceBytes, bytes.length - at), at);
      }
    } finally {
      await file.close();
    }
  }
}
