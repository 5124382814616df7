// Cutting a watch into events: however the bytes come, the lines are the same; what is no event is refused by name.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWatchEvent, splitLines, UnreadableWatchError } from '../../src/kube/watch-events.ts';
import { runs } from '../support/counts.ts';

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const lines: string[] = [];
  for await (const line of splitLines(source())) lines.push(line.toString('utf8'));
  return lines;
}

/** The bytes cut at these places, which may lie inside characters. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' '));

test('however the bytes are cut, the lines are those that were sent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line), line, fc.array(fc.nat()), async (lines, rest, places) => {
      const text = lines.map((one) => `${one}\n`).join('') + rest;
      expect(await linesOf(cut(Buffer.from(text), places))).toEqual(lines);
    }),
    { numRuns: runs(300, 20_000) },
  );
});

test('a line without end is refused before it fills the memory', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  let sent = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      sent += 1;
      yield chunk;
    }
  }
  const reading = (async () => {
    for await (const _line of splitLines(endless()));
  })();
  await expect(reading).rejects.toThrow(UnreadableWatchError);
  expect(sent).toBeLessThan(20);
});

test.each(['', 'null', '[]', '"ADDED"', '{}', '{"type":"added"}', '{"type":"ADDED"', '\u0000'])(
  'no event: %j',
  (text) => {
    expect(() => parseWatchEvent(Buffer.from(text))).toThrow(UnreadableWatchError);
  },
);

test('what is quoted of garbage is short and harmless', () => {
  const garbage = Buffer.from(`\u001b[31m${'x'.repeat(5000)}`);
  expect(() => parseWatchEvent(garbage)).toThrow(/^not JSON: "\\u001b\[31mx{100,115}"$/);
});
