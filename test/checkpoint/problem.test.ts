// The page about problems names every code there is, and none besides.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { problemCodes } from '../../src/checkpoint/problem.ts';

test('docs/checkpoint-problems.md explains exactly the codes there are', () => {
  const page = readFileSync(new URL('../../docs/checkpoint-problems.md', import.meta.url), 'utf8');
  const explained = page
    .split('\n')
    .flatMap((line) => /^\| ((?:`\w+` ?)+)\|/u.exec(line)?.[1]?.match(/\w+/gu) ?? []);
  expect(explained.toSorted()).toEqual([...problemCodes].toSorted());
});
