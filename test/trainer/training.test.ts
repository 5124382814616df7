// The stand-in trainer's runs: what they leave, how they end, and that a resume continues the very same training.
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectCheckpoint } from '../../src/checkpoint/inspection.ts';
import { memorySource } from '../support/byte-sources.ts';
import { rewriteEntry } from '../support/entry-rewrite.ts';
import { describeWith } from '../support/requirement.ts';
import { digestOf, makeFolder, missingPython, train, verdictOf } from '../support/tiny-trainer.ts';

const plan = ['--updates', '30', '--save-per-updates', '10', '--last-per-updates', '5'];
const last = (folder: string): string => join(folder, 'model_last.pt');

/** The digest after 30 updates without any interruption. */
async function uninterrupted(): Promise<string> {
  const folder = makeFolder();
  await train(folder, plan);
  return await digestOf(last(folder));
}

describeWith(missingPython(), 'a run to its end', () => {
  test('leaves complete, verified checkpoints that tell their update', async () => {
    const folder = makeFolder();
    expect(await train(folder, plan)).toMatchObject({ code: 0 });
    expect(readdirSync(folder).toSorted()).toEqual([
      'model_10.pt',
      'model_20.pt',
      'model_30.pt',
      'model_last.pt',
    ]);
    for (const name of readdirSync(folder)) {
      const update = name === 'model_last.pt' ? 30 : Number(/\d+/.exec(name)?.[0]);
      const facts = await inspectCheckpoint(memorySource(readFileSync(join(folder, name))));
      expect(facts).toMatchObject({
        kind: 'full',
        counter: 'update',
        update,
        worldSize: 1,
        plannedUpdates: 30,
        problems: [],
      });
      expect(facts.archivePrefix).toBe(name.slice(0, -3));
      expect(await verdictOf(join(folder, name))).toBe('verified');
    }
  });

  test('says each last save on stdout and each update on stderr, a line each', async () => {
    const { stdout, stderr } = await train(makeFolder(), plan);
    const saves = [5, 10, 15, 20, 25, 30, 30].map((update) => `Saved last checkpoint at update ${update}`);
    expect(stdout.trimEnd().split('\n').slice(1)).toEqual(saves);
    const updates = stderr
      .trimEnd()
      .split('\n')
      .map((line) => /, update=(\d+)\]$/.exec(line)?.[1]);
    expect(updates).toEqual(Array.from({ length: 30 }, (_, index) => String(index + 1)));
  });

  test('run again saves again and exits 0', async () => {
    const folder = makeFolder();
    await train(folder, plan);
    const before = readFileSync(last(folder));
    expect(await train(folder, plan)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(last(folder)).equals(before)).toBe(true);
  });

  test('keeps only as many step files as it is told, and none for 0', async () => {
    const [two, none] = [makeFolder(), makeFolder()];
    expect((await train(two, [...plan, '--keep-last-n', '2'])).stdout).toContain(
      'Removed old checkpoint: model_10.pt',
    );
    expect(readdirSync(two).toSorted()).toEqual(['model_20.pt', 'model_30.pt', 'model_last.pt']);
    await train(none, [...plan, '--keep-last-n', '0']);
    expect(readdirSync(none)).toEqual(['model_last.pt']);
  });
});

describeWith(missingPython(), 'a resumed run', () => {
  test('ends with the tensors of an uninterrupted one', async () => {
    const folder = makeFolder();
    expect(await train(folder, [...plan, '--exit-at', '13', '--exit-code', '7'])).toMatchObject({ code: 7 });
    expect(await train(folder, [...plan, '--exit-at', '28'])).toMatchObject({ code: 1 });
    const end = await train(folder, plan);
    expect(end.stdout).toContain('Loaded model_last.pt at update 25\n');
    expect(end.stderr).toContain('update=26]');
    expect(await digestOf(last(folder))).toBe(await uninterrupted());
  });

  test('after a rollback too, whatever the file was called', async () => {
    const folder = makeFolder();
    await train(folder, plan);
    copyFileSync(join(folder, 'model_10.pt'), last(folder));
    expect((await train(folder, plan)).stdout).toContain('at update 10\n');
    expect(await digestOf(last(folder))).toBe(await uninterrupted());
  });

  test('shows it when an update was skipped', async () => {
    const folder = makeFolder();
    await train(folder, [...plan, '--exit-at', '11']);
    const step = readFileSync(join(folder, 'model_10.pt'));
    writeFileSync(last(folder), await rewriteEntry(step, 'data.pkl', sayUpdate11));
    expect(await verdictOf(last(folder))).toBe('verified');
    expect((await train(folder, plan)).stdout).toContain('at update 11\n');
    expect(await digestOf(last(folder))).not.toBe(await uninterrupted());
  });

  test('shows it when it started from other weights', async () => {
    const folder = makeFolder();
    await train(folder, [...plan, '--seed', '1']);
    expect(await digestOf(last(folder))).not.toBe(await uninterrupted());
  });
});

describeWith(missingPython(), 'misbehaviour on demand', () => {
  test('dying in the middle of a save leaves a torn file, on which the next start dies', async () => {
    const folder = makeFolder();
    expect(await train(folder, [...plan, '--die-mid-save-at', '15'])).toMatchObject({ signal: 'SIGKILL' });
    expect(await verdictOf(last(folder))).toBe('incomplete');
    expect(await verdictOf(join(folder, 'model_10.pt'))).toBe('verified');
    const next = await train(folder, plan);
    expect(next.code).toBe(1);
    expect(next.stderr).toContain('failed finding central directory');
  });

  test('an empty file kills the start as well', async () => {
    const folder = makeFolder();
    writeFileSync(last(folder), '');
    expect(await train(folder, plan)).toMatchObject({ code: 1, stderr: expect.stringContaining('EOFError') });
  });

  test('hanging stops all progress; SIGTERM ends it at once and nothing is saved', async () => {
    const folder = makeFolder();
    const ended = await train(folder, [...plan, '--hang-at', '15'], {
      onStderr: (text, kill) => text.includes('update=15]') && kill('SIGTERM'),
    });
    expect(ended).toMatchObject({ signal: 'SIGTERM', code: null });
    expect(ended.stderr).not.toContain('update=16]');
    expect(await inspectCheckpoint(memorySource(readFileSync(last(folder))))).toMatchObject({ update: 10 });
  });

  test('hanging ends when the file is there, and the training is the same', async () => {
    const folder = makeFolder();
    const file = join(folder, 'go');
    const ended = await train(folder, [...plan, '--hang-at', '15', '--hang-until', file], {
      onStderr: (text) => text.includes('update=15]') && writeFileSync(file, ''),
    });
    expect(ended.code).toBe(0);
    expect(await digestOf(last(folder))).toBe(await uninterrupted());
  });

  test.each([
    { attempt: '1', code: 9 },
    { attempt: '2', code: 0 },
  ])('only on the attempt it is asked for: attempt $attempt exits $code', async ({ attempt, code }) => {
    const options = ['--exit-at', '3', '--exit-code', '9', '--only-on-attempt', '1'];
    const ended = await train(makeFolder(), [...plan, ...options], { env: { REPRISE_ATTEMPT: attempt } });
    expect(ended.code).toBe(code);
  });
});

/** The pickle ends: "update", memo, BININT1 <update>, SETITEMS, STOP. */
function sayUpdate11(pickle: Buffer): void {
  pickle.writeUInt8(11, pickle.length - 3);
}
