// Titles and texts below each other, for a terminal of any width.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatSheet } from '../../src/cli/sheet.ts';

const rows = [
  ['what', 'a rather long sentence about a thing that happened on some node'],
  ['because', 'of that'],
  ['', 'and of this'],
];

test('elsewhere than on a terminal a text is one line', () => {
  expect(formatSheet(rows, { isTerminal: false, columns: 20 }))
    .toBe(`  what     a rather long sentence about a thing that happened on some node
  because  of that
           and of this`);
});

test('on a terminal it is broken between words', () => {
  expect(formatSheet(rows, { isTerminal: true, columns: 45 })).toBe(`  what     a rather long sentence about a
           thing that happened on some node
  because  of that
           and of this`);
});

test('no word is lost or broken, and no line is wider than it must be', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,40}$/), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(words, fc.integer({ min: 45, max: 120 }), (said, columns) => {
      const lines = formatSheet([['title', said.join(' ')]], { isTerminal: true, columns }).split('\n');
      expect(lines.map((line) => line.slice('  title  '.length)).join(' ')).toBe(said.join(' '));
      const tooWide = lines.filter((line) => line.length > columns);
      expect(
        tooWide.map((line) => line.slice('  title  '.length)).filter((text) => text.includes(' ')),
      ).toEqual([]);
    }),
  );
});

test('what would steer the terminal is made visible', () => {
  expect(formatSheet([['x', 'a\u001b[2J']], { isTerminal: true, columns: 80 })).toBe(
    String.raw`  x  a\u{1b}[2J`,
  );
});
