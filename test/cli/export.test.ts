// export: the EMA weights, proven on the way, from files, objects and runs; what is damaged or in the way leaves nothing behind.
import { describe, expect, test } from 'vitest';
import { first } from '../support/agent-bench.ts';
import { checkpointAt, genuine, torn } from '../support/checkpoints.ts';
import { CliBench } from '../support/cli-bench.ts';
import { largeCheckpoint } from '../support/large-checkpoint.ts';

/** The run, with this as its resume point. */
function bench(bytes: Uint8Array): CliBench & { readonly key: string } {
  const made = new CliBench();
  made.seedRun();
  made.bucket.seedAttempt(first);
  const key = made.bucket.seedCheckpoint({ attempt: first, kind: 'Last', update: 48 }, bytes);
  return Object.assign(made, { key });
}

const modelOf = async (one: CliBench, file: string): Promise<unknown> => {
  const [report] = JSON.parse((await one.run('inspect', file, '-o', 'json')).out) as readonly Record<
    string,
    unknown
  >[];
  return { kind: report?.['kind'], parameters: report?.['parameters'], complete: report?.['complete'] };
};

const ema = { kind: 'emaOnly', parameters: 56_916, complete: true };

test.each(['full-update48.pt', 'ema-only.pt', 'era-b-step.pt', 'ema.safetensors'])(
  '%s becomes EMA weights',
  async (name) => {
    const one = new CliBench();
    one.write(name, genuine(name));
    const { code, out, err } = await one.run('export', name, '--ema', '-o', 'voice.safetensors');
    expect({ code, out }).toEqual({ code: 0, out: 'voice.safetensors\n' });
    expect(err).toMatch(
      /^voice\.safetensors: 5\d tensors, 234 kB from .* in .*, (verified|NOT verified: .*)\n$/,
    );
    expect(await modelOf(one, 'voice.safetensors')).toEqual(ema);
    expect(one.files()).toEqual([name, 'voice.safetensors'].toSorted());
  },
);

test('the same bytes from a file, from an object and from its run', async () => {
  const one = bench(checkpointAt(48));
  one.write('a.pt', checkpointAt(48));
  for (const [what, file] of [
    ['a.pt', '1.safetensors'],
    [`s3://ckpts/${one.key}`, '2.safetensors'],
    ['xiaoyi-zh@48', '3.safetensors'],
  ] as const)
    expect(await one.run('export', what, '--ema', '-o', file)).toMatchObject({ code: 0 });
  const bytes = one.read('1.safetensors') ?? new Uint8Array(0);
  expect([one.holds('2.safetensors', bytes), one.holds('3.safetensors', bytes)]).toEqual([true, true]);
});

test('of a checkpoint in a bucket only the weights are fetched', async () => {
  const one = bench(largeCheckpoint(40));
  let fetched = 0;
  const real = one.objects.getRange.bind(one.objects);
  one.objects.getRange = async (range, signal) => {
    fetched += range.length;
    return real(range, signal);
  };
  expect(await one.run('export', 'xiaoyi-zh', '--ema')).toMatchObject({
    code: 0,
    out: 'model_48.safetensors\n',
  });
  expect(fetched).toBeLessThan(9_000_000);
});

describe('what cannot be exported leaves nothing behind', () => {
  test.each([
    {
      name: 'raw weights',
      bytes: genuine('raw.safetensors'),
      says: /cannot be exported: The safetensors file holds raw weights/,
    },
    { name: 'a torn file', bytes: torn(checkpointAt(48)), says: /cannot be exported: \S/ },
    { name: 'no checkpoint', bytes: Buffer.from('hello'), says: /cannot be exported: \S/ },
  ])('$name', async ({ bytes, says }) => {
    const one = new CliBench();
    one.write('x', bytes);
    const { code, out, err } = await one.run('export', 'x', '--ema');
    expect({ code, out, files: one.files() }).toEqual({ code: 1, out: '', files: ['x'] });
    expect(err).toMatch(says);
  });

  test('damaged weights', async () => {
    const one = new CliBench();
    one.write('x.pt', damagedThroughout(checkpointAt(48)));
    const { code, err } = await one.run('export', 'x.pt', '--ema');
    expect({ code, files: one.files() }).toEqual({ code: 1, files: ['x.pt'] });
    expect(err).toMatch(/^error: x\.pt is damaged: \S/);
  });
});

describe('the file to write', () => {
  test('is not overwritten, unless --force is given', async () => {
    const one = new CliBench();
    one.write('a.pt', checkpointAt(48));
    one.write('v.safetensors', Buffer.from('mine'));
    const { code, err } = await one.run('export', 'a.pt', '--ema', '-o', 'v.safetensors');
    expect({ code, isMine: one.holds('v.safetensors', Buffer.from('mine')) }).toEqual({
      code: 1,
      isMine: true,
    });
    expect(err).toMatch(/v\.safetensors is there already/);
    expect(await one.run('export', 'a.pt', '--ema', '-o', 'v.safetensors', '--force')).toMatchObject({
      code: 0,
    });
    expect(await modelOf(one, 'v.safetensors')).toEqual(ema);
  });

  test('needs a directory that is there, and room', async () => {
    const one = new CliBench();
    one.write('a.pt', checkpointAt(48));
    const away = await one.run('export', 'a.pt', '--ema', '-o', 'no/such/v.safetensors');
    expect(away).toMatchObject({
      code: 1,
      err: expect.stringMatching(/there is no directory \/home\/user\/no\/such/),
    });
    one.disk.capacityBytes = 1_010_000;
    const full = await one.run('export', 'a.pt', '--ema', '-o', 'v.safetensors');
    expect(full).toMatchObject({
      code: 1,
      err: expect.stringMatching(/v\.safetensors\.part needs \d+ bytes/),
    });
    expect(one.files()).toEqual(['a.pt']);
  });
});

test('--ema is to be named', async () => {
  const one = new CliBench();
  one.write('a.pt', checkpointAt(48));
  const { code, err } = await one.run('export', 'a.pt', '-o', 'v.safetensors');
  expect({ code, files: one.files() }).toEqual({ code: 2, files: ['a.pt'] });
  expect(err).toMatch(/--ema is missing: write it/);
});

/** Bits turned over between the pickle and the directory, which stay as they were. */
function damagedThroughout(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (let at = 100_000; at < 900_000; at += 500) copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
