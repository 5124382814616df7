// Bytes of a log into lines: the same lines wherever the bytes are cut, but for what carriage returns have rewritten meanwhile.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogLines } from '../../src/kube/log-lines.ts';
import { runs } from '../support/counts.ts';

const time = '2026-11-22T12:00:00.123456789Z';
const at = Date.UTC(2026, 10, 22, 12, 0, 0, 123);

function told(
  ...chunks: readonly (string | Uint8Array)[]
): readonly (readonly [number | undefined, string])[] {
  const lines = new LogLines();
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk));
  const all = [...bytes.flatMap((chunk) => [...lines.take(chunk)]), ...lines.end()];
  return all.map((line) => [line.at, line.text]);
}

test.each([
  {
    name: 'a time in the zone of a node',
    chunks: ['2026-11-22T14:00:00.123+02:00 hello\n'],
    want: [[at, 'hello']],
  },
  { name: 'a line without a time', chunks: ['hello world\n'], want: [[undefined, 'hello world']] },
  { name: 'an empty line', chunks: [`${time} \n`], want: [[at, '']] },
  {
    name: 'the last line, unfinished',
    chunks: [`${time} a\n${time} b`],
    want: [
      [at, 'a'],
      [at, 'b'],
    ],
  },
  { name: 'the line end of Windows', chunks: [`${time} a\r\n`], want: [[at, 'a']] },
  { name: 'a line that was rewritten', chunks: [`${time} \rone\rtwo\rthree\n`], want: [[at, 'three']] },
  {
    name: 'one whose last piece was cut',
    chunks: [`${time} \rone\rtw`, 'o\rthree\n'],
    want: [
      [at, 'one'],
      [at, 'three'],
    ],
  },
  { name: 'one that ends with a carriage return', chunks: [`${time} one\r`, '\n'], want: [[at, 'one']] },
  { name: 'nothing at all', chunks: [''], want: [] },
] as const)('$name', ({ chunks, want }) => {
  expect(told(...chunks)).toEqual(want);
});

test('the next line has a time of its own', () => {
  expect(told(`${time} \rone\r`, `two\n2026-11-22T12:00:01Z next\n`).map(([when]) => when)).toEqual([
    at,
    at,
    at - 123 + 1000,
  ]);
});

test('wherever the bytes are cut, the lines are the same', () => {
  const text = fc.array(
    fc.string({ unit: 'grapheme', maxLength: 30 }).map((line) => line.replaceAll(/[\r\n]/g, '')),
    { maxLength: 12 },
  );
  const property = fc.property(text, fc.array(fc.nat(400)), (lines, cuts) => {
    const bytes = new TextEncoder().encode(lines.map((line) => `${time} ${line}\n`).join(''));
    const places = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
    const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
    expect(told(...chunks)).toEqual(lines.map((line) => [at, line]));
  });
  fc.assert(property, { numRuns: runs(300, 20_000) });
});

test('a line that never ends is told in pieces, and little of it is kept', () => {
  const lines = new LogLines();
  const chunk = new TextEncoder().encode('x'.repeat(5000));
  let length = 0;
  for (let count = 0; count < 2000; count += 1)
    for (const { text } of lines.take(chunk)) {
      expect(text.length).toBeLessThanOrEqual(16_384);
      length += text.length;
    }
  expect(10_000_000 - length).toBeLessThan(16_384);
});
