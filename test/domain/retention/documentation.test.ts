// docs/retention.md against the code: every reason is explained, in the order in which reasons are told, and no other; every
// invariant has its line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasons } from '../../../src/domain/retention/reasons.ts';
import { retention } from '../../../src/api/retention-spec.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/retention.md'), 'utf8');

function section(title: string): string {
  const from = page.indexOf(`## ${title}\n`);
  const to = page.indexOf('\n## ', from + 1);
  return page.slice(from, to === -1 ? undefined : to);
}

const firstCells = (text: string): readonly string[] =>
  [...text.matchAll(/^\| `?([A-Za-z0-9]+)`? \|/gm)].flatMap(([, cell = '']) => cell);

test('every reason is explained, and no other', () => {
  expect(firstCells(section('Reasons')).slice(1)).toEqual(reasons);
});

test('every field of spec.retention has its row', () => {
  const fields = firstCells(section('What a run says'));
  expect(fields.toSorted()).toEqual(Object.keys(retention.shape).toSorted());
});

test('every invariant says whether it applies or what replaced it', () => {
  const rows = [...page.matchAll(/^\| (I[0-9]+) \| .+ \| (applies|replaced|not the plan's)/gm)];
  expect(rows.map(([, name]) => name)).toEqual(Array.from({ length: 30 }, (_, at) => `I${at + 1}`));
  const replaced = rows.filter(([, , how]) => how === 'replaced').map(([, name]) => name);
  expect(replaced).toEqual(['I2', 'I7', 'I8', 'I10', 'I12', 'I18', 'I22', 'I27', 'I29']);
});
