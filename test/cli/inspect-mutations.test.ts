// Whatever was done to a genuine checkpoint, inspect --verify ends in words, and never calls changed entries whole and verified. The
// directory has fields that say nothing of the entries (who made them, on which disk): with those changed, the same is reported.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkpointAt } from '../support/checkpoints.ts';
import { CliBench } from '../support/cli-bench.ts';
import { runs } from '../support/counts.ts';

const whole = checkpointAt(48);
/** Up to here lie the entries, after it the directory. */
const entriesEnd = Buffer.from(whole).indexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
const anywhere = fc.nat({ max: whole.length - 1 });

type Mutation = (bytes: Uint8Array) => Uint8Array;

const splice = (
  bytes: Uint8Array,
  at: number,
  { cut, put }: { readonly cut: number; readonly put: Uint8Array },
) => new Uint8Array(Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]));

const flip = fc.tuple(anywhere, fc.integer({ min: 1, max: 255 })).map(
  ([at, mask]): Mutation =>
    (bytes) =>
      bytes.with(at, (bytes[at] ?? 0) ^ mask),
);

const cutOrPut = fc.tuple(anywhere, fc.nat({ max: 3000 }), fc.uint8Array({ maxLength: 200 })).map(
  ([at, cut, put]): Mutation =>
    (bytes) =>
      splice(bytes, at, { cut, put }),
);

const truncate = anywhere.map(
  (length): Mutation =>
    (bytes) =>
      bytes.slice(0, length),
);

/** The end, where the directory is, is struck as often as all the rest. */
const nearTheEnd = fc
  .tuple(fc.nat({ max: 30_000 }), fc.integer({ min: 1, max: 255 }))
  .map(([back, mask]): Mutation => (bytes) => {
    const at = bytes.length - 1 - back;
    return bytes.with(at, (bytes[at] ?? 0) ^ mask);
  });

interface Report {
  readonly problems: readonly { readonly message: string }[];
}

/** What inspect --verify says of these bytes. */
async function judge(bytes: Uint8Array) {
  const bench = new CliBench();
  bench.write('x.pt', bytes);
  const { code, out, err } = await bench.run('inspect', '--verify', '-o', 'json', 'x.pt');
  const [report] = JSON.parse(out) as readonly Report[];
  const isUnchanged = Buffer.compare(bytes.subarray(0, entriesEnd), whole.subarray(0, entriesEnd)) === 0;
  return { code, err, report, isUnchanged };
}

test('changed entries are never whole and verified', { timeout: 3_000_000 }, async () => {
  const genuine = await judge(whole);
  await fc.assert(
    fc.asyncProperty(fc.oneof(flip, nearTheEnd, cutOrPut, truncate), async (mutate) => {
      const { code, err, report, isUnchanged } = await judge(mutate(whole));
      expect(err).toBe('');
      const isPassed = code === 0;
      expect(isPassed && !isUnchanged).toBe(false);
      expect(isPassed ? report : genuine.report).toEqual(genuine.report);
      expect(isPassed || /\S/.test(report?.problems[0]?.message ?? '')).toBe(true);
    }),
    { numRuns: runs(60, 5000) },
  );
});
