// What is told of a file that is not as it should be: the path of each field that nobody knows, and what is null counts as absent.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readStrictly, unknownFields } from '../../src/api/problems.ts';

const schema = z.object({
  name: z.string().exactOptional(),
  runs: z.array(z.object({ update: z.int(), pins: z.array(z.string()).exactOptional() })).exactOptional(),
});

test('what is null is absent, at any depth, and the value that was given stays as it is', () => {
  const given = { name: null, runs: [{ update: 1, pins: null }, { update: 2 }] };
  const before = structuredClone(given);
  expect(readStrictly(schema, given)).toEqual({ ok: { runs: [{ update: 1 }, { update: 2 }] } });
  expect(given).toEqual(before);
});

test('an element that is null is none of its kind', () => {
  expect(readStrictly(schema, { runs: [null] })).toEqual({
    problems: ['runs[0] is null: it must be an object'],
  });
});

test.each([
  { given: { nmae: 'a' }, path: '', want: ['nmae'] },
  { given: { nmae: { a: 1 } }, path: 'spec', want: ['spec.nmae'] },
  { given: { runs: [{ update: 1 }, { update: 2, pin: 1, kind: null }] }, path: '', want: ['runs[1].pin'] },
  { given: { runs: [{ update: 1, pins: ['a'] }], other: [] }, path: 'spec', want: ['spec.other'] },
  { given: { name: 'a', runs: [] }, path: '', want: [] },
])('of $given below "$path" nobody knows $want', ({ given, path, want }) => {
  const read = readStrictly(schema, given, path);
  expect('problems' in read ? read.problems : []).toEqual(
    want.map((field) => `${field}: there is no such field: correct its name, or remove it`),
  );
});

test('fields are told in the order of the file', () => {
  const given = { b: 1, runs: [{ x: 1 }, { y: 1 }], a: { c: 1 } };
  expect(unknownFields(given, { runs: [{}, {}], a: {} }, '')).toEqual(['b', 'runs[0].x', 'runs[1].y', 'a.c']);
});
