import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatAttemptId,
  formatRunObject,
  formatRunPrefix,
  parseAttemptId,
  parseRunObject,
  podOf,
  type RunObject,
  storeClaimKey,
  storeProbePrefix,
} from '../../src/domain/bucket/keys.ts';
import { runs } from '../support/counts.ts';

const attempt = fc.record({
  number: fc.integer({ min: 1, max: 999_999_999 }),
  pod: fc.stringMatching(/^[0-9a-f]{8}$/),
});

const runObject: fc.Arbitrary<RunObject> = fc.oneof(
  fc.constant({ is: 'Run' } as const),
  fc.record({ is: fc.constant('Deletions' as const), date: fc.stringMatching(/^\d{4}-\d{2}-\d{2}$/) }),
  fc.record({
    is: fc.constant('Pin' as const),
    attemptNumber: fc.integer({ min: 1, max: 999_999_999 }),
    update: fc.integer({ min: 1, max: 999_999_999 }),
  }),
  fc.record({ is: fc.constantFrom('Attempt' as const, 'End' as const, 'Gone' as const), attempt }),
  fc.record({
    is: fc.constant('Checkpoint' as const),
    attempt,
    kind: fc.constantFrom('Last' as const, 'Step' as const),
    update: fc.nat({ max: 999_999_999 }),
  }),
);

test('every object is read back from the key it is written under', () => {
  fc.assert(
    fc.property(runObject, (object) => {
      expect(parseRunObject(formatRunObject(object))).toEqual(object);
    }),
    { numRuns: runs(500, 50_000) },
  );
});

test('whatever parses is written back to the very same key: no two keys mean one object', () => {
  const nearly = fc.oneof(
    fc.string(),
    runObject.chain((object) => mutated(formatRunObject(object))),
  );
  fc.assert(
    fc.property(nearly, (key) => {
      const object = parseRunObject(key);
      expect(object === undefined ? key : formatRunObject(object)).toBe(key);
    }),
    { numRuns: runs(2000, 200_000) },
  );
});

const mutated = (key: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat({ max: key.length }), fc.nat({ max: 2 }), fc.string({ maxLength: 2 }))
    .map(([at, cut, insert]) => key.slice(0, at) + insert + key.slice(at + cut));

test.each([
  'run.json/',
  'attempts/3-9f31c2aa/attempt.json',
  'attempts/0000-9f31c2aa/attempt.json',
  'attempts/00003-9f31c2aa/attempt.json',
  'attempts/0003-9F31C2AA/attempt.json',
  'attempts/0003-9f31c2aa/last/model_007.pt',
  'attempts/0003-9f31c2aa/last/model_last.pt',
  'attempts/0003-9f31c2aa/steps/model_5.pt.tmp',
  'attempts/0003-9f31c2aa/steps/model_-5.pt',
  'attempts/0003-9f31c2aa/steps/model_9999999999999999.pt',
  'attempts/0003-9f31c2aa/other/model_5.pt',
  'attempts/0003-9f31c2aa//steps/model_5.pt',
  'pins/3-5.json',
  'pins/0000-5.json',
  'pins/0003-0.json',
  'pins/0003-05.json',
  'pins/0003-9f31c2aa-5.json',
  'pins/0003-5.json.tmp',
  '',
])('%j is unknown', (key) => {
  expect(parseRunObject(key)).toBeUndefined();
});

test('an attempt is named by its number in four digits and its pod', () => {
  expect(formatAttemptId({ number: 3, pod: '9f31c2aa' })).toBe('0003-9f31c2aa');
  expect(formatAttemptId({ number: 12_345, pod: '9f31c2aa' })).toBe('12345-9f31c2aa');
  expect(parseAttemptId('12345-9f31c2aa')).toEqual({ number: 12_345, pod: '9f31c2aa' });
  expect(podOf('9F31C2AA-7d1e-4c55-8a3f-2b7a1c0d9e8f')).toBe('9f31c2aa');
});

test.each([
  { prefix: '', want: ['voice/zh/', '.reprise-store.json', '.reprise-probe/'] },
  { prefix: 'prod/a', want: ['prod/a/voice/zh/', 'prod/a/.reprise-store.json', 'prod/a/.reprise-probe/'] },
])('a store with prefix "$prefix" has its runs, claim and probes below it', ({ prefix, want }) => {
  const run = formatRunPrefix({ prefix, namespace: 'voice', run: 'zh' });
  expect([run, storeClaimKey(prefix), storeProbePrefix(prefix)]).toEqual(want);
});
