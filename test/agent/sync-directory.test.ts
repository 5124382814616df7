// Sync over a real directory: how files really look while they are written in place, paused, written again without rest, removed.
// Only the bucket is a fake; sync's time runs four times as fast as the trainer's.
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditCheckpoints } from '../support/checkpoint-audit.ts';
import { checkpointAt } from '../support/checkpoints.ts';
import { FakeObjectStore } from '../support/fake-object-store.ts';
import { largeCheckpoint } from '../support/large-checkpoints.ts';
import { LiveSync } from '../support/live-sync.ts';
import { scaledClock } from '../support/scaled-clock.ts';

const MiB = 1024 * 1024;
const clock = scaledClock(4);

let objects: FakeObjectStore;
let live: LiveSync;
beforeEach(() => {
  objects = new FakeObjectStore(clock);
  live = new LiveSync({ objects, clock, run: 'xiaoyi-zh', changes: { modelLastEverySeconds: 2 } });
  live.start();
});
afterEach(async () => {
  await live.kill();
  live.remove();
});

const saved = (): string[] => objects.keys(live.prefix).map((key) => key.slice(live.prefix.length));
const pathOf = (name: string): string => join(live.directory, name);
const audit = (): Promise<void> => auditCheckpoints(objects, objects.keys(live.prefix));

/** Opens with O_TRUNC and writes pieces, with a pause before each but the first. */
async function save(name: string, pieces: readonly Uint8Array[], pause = 0): Promise<void> {
  const file = openSync(pathOf(name), 'w');
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && pause > 0) await delay(pause);
    writeSync(file, piece);
  }
  closeSync(file);
}

const thirds = (bytes: Uint8Array): Uint8Array[] => [
  bytes.subarray(0, bytes.length / 3),
  bytes.subarray(bytes.length / 3, bytes.length - 22),
  bytes.subarray(bytes.length - 22),
];

/** Saves over and over, with hardly a pause, until it is enough. */
async function saveWithoutRest(fillerBytes: number, isEnough: () => boolean): Promise<void> {
  const files = await Promise.all(
    [1, 2, 3, 4, 5].map((update) => largeCheckpoint({ update, stem: 'model_last', fillerBytes })),
  );
  for (let update = 0; !isEnough(); update += 1) {
    await save('model_last.pt', [files[update % files.length] ?? Buffer.alloc(0)]);
    await delay(10);
  }
}

describe('a real directory', () => {
  test('a save that pauses for several looks is sent when it is finished, not before', async () => {
    await save('model_last.pt', thirds(checkpointAt(10)), 500);
    await expect.poll(saved, { timeout: 10_000 }).toEqual(['last/model_10.pt']);
    // O_TRUNC over the finished file, and a pause before its last 22 bytes
    await save('model_last.pt', thirds(checkpointAt(11)), 700);
    await expect.poll(saved, { timeout: 10_000 }).toEqual(['last/model_10.pt', 'last/model_11.pt']);
    await audit();
  });

  test('a file that is made at its full size and then filled is sent when it is filled', async () => {
    const bytes = checkpointAt(10);
    const file = openSync(pathOf('model_10.pt'), 'w');
    ftruncateSync(file, bytes.length);
    await delay(700);
    writeSync(file, bytes.subarray(bytes.length / 2), 0, undefined, bytes.length / 2);
    await delay(700);
    expect(saved()).toEqual([]);
    writeSync(file, bytes.subarray(0, bytes.length / 2), 0, undefined, 0);
    closeSync(file);
    await expect.poll(saved, { timeout: 10_000 }).toEqual(['steps/model_10.pt']);
    await audit();
  });

  test('a trainer that never rests gets checkpoints through', async () => {
    const end = Date.now() + 20_000;
    await saveWithoutRest(0, () => saved().length > 0 || Date.now() > end);
    expect(saved().length).toBeGreaterThan(0);
    await audit();
  });

  test('one that saves faster than a copy is made gets through at its end, and nothing torn before', async () => {
    const end = Date.now() + 4000;
    await saveWithoutRest(12 * MiB, () => Date.now() > end);
    await audit();
    expect(await live.finish()).toMatchObject({ flushed: true });
    await audit();
  });

  test('unsent Steps that the trainer’s own rotation removes are sent all the same', async () => {
    objects.faults.outage = 'Unavailable';
    for (const update of [10, 20, 30]) await save(`model_${update}.pt`, [checkpointAt(update)]);
    await expect.poll(() => live.status?.lastUpdateSeen, { timeout: 10_000 }).toBe(30);
    for (const update of [10, 20]) rmSync(pathOf(`model_${update}.pt`));
    await expect
      .poll(() => live.status?.problems.map(({ code }) => code), { timeout: 10_000 })
      .toContain('TwoOwners');
    objects.faults.outage = undefined;
    expect(await live.finish()).toMatchObject({ flushed: true, unsent: [] });
    expect(saved()).toEqual(['end.json', 'steps/model_10.pt', 'steps/model_20.pt', 'steps/model_30.pt']);
    await audit();
  });
});
