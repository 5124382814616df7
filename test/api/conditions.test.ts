// The table of reasons is complete: every reason that the decisions in domain/ give is in it, with a meaning and, where somebody
// must act, a cure.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { policyReasons, runReasons, storeReasons, storeRefusals, wordsOf } from '../../src/api/conditions.ts';
import type { Reason } from '../../src/api/reason.ts';

const domain = join(import.meta.dirname, '../../src/domain');

/** The reasons written as literals in a file: `reason: 'X'`, `stalled('X', …`, `failed(snapshot, 'X', …`. */
function literalsIn(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/(?:\breason: |\bstalled\(|\bfailed\(snapshot, )'([A-Z][A-Za-z]+)'/g)].map(
    ([, name = '']) => name,
  );
}

const files = [
  'run/conditions.ts',
  'run/retention-words.ts',
  'run/retention-facts.ts',
  'run/observed-plan.ts',
  'run/start.ts',
  'run/beginning.ts',
  'run/after-end.ts',
  'run/live.ts',
  'run/marker.ts',
  'bucket/resume.ts',
  'bucket/rollback.ts',
  'bucket/source.ts',
];
const documented = new Set(Object.values(runReasons).flatMap((reasons) => Object.keys(reasons)));

describe('run reasons', () => {
  test.each(files)('of domain/%s are all documented', (file) => {
    const given = literalsIn(join(domain, file));
    expect(given).not.toEqual([]);
    expect(given.filter((name) => !documented.has(name))).toEqual([]);
  });

  test('no other file of domain/run words a condition', () => {
    const events = ['events.ts', 'retention-events.ts', 'trouble.ts'];
    const others = readdirSync(join(domain, 'run')).filter(
      (name) => !events.includes(name) && !files.includes(`run/${name}`),
    );
    expect(others.filter((name) => literalsIn(join(domain, 'run', name)).length > 0)).toEqual([]);
  });

  test('of containers that cannot start are all documented', () => {
    const text = readFileSync(join(domain, 'run/trouble.ts'), 'utf8');
    const given = [...text.matchAll(/^ {2}(?:([A-Z][A-Za-z]+):|reason: '([A-Z][A-Za-z]+)')/gm)].map(
      ([, cured, told = '']) => cured ?? told,
    );
    expect(given).not.toEqual([]);
    expect(given.filter((name) => !(name in runReasons.Stalled))).toEqual([]);
  });
});

test('what stops restore is documented', () => {
  const text = readFileSync(join(domain, 'run/ending.ts'), 'utf8');
  const given = [...text.matchAll(/^ {2}'([A-Z][A-Za-z]+)',$/gm)].map(([, name = '']) => name);
  expect(given).toContain('WrongPlace');
  expect(given.filter((name) => !(name in runReasons.Stalled))).toEqual([]);
});

const all: readonly (readonly [string, Reason])[] = [
  ...Object.entries(storeReasons),
  ...Object.entries(storeRefusals),
  ...Object.values(runReasons).flatMap((reasons) => Object.entries(reasons)),
  ...Object.values(policyReasons).flatMap((reasons) => Object.entries<Reason>(reasons)),
];

test('every reason is CamelCase and says what it means in a sentence, as does its cure', () => {
  for (const [name, { meaning, cure = 'None.' }] of all) {
    expect(name).toMatch(/^[A-Z][A-Za-z0-9]+$/);
    expect(meaning).toMatch(/^[A-Zs].*\.$/);
    expect(cure).toMatch(/^[A-Z].*\.$/);
  }
});

test('whatever stops a run, a store or a policy has a cure', () => {
  const stops = [
    ...Object.entries(storeReasons).filter(([, { status }]) => status === 'False'),
    ...Object.entries<Reason>(policyReasons.Ready).filter(([, { status }]) => status === 'False'),
    ...Object.entries(runReasons.Stalled).filter(([, { status }]) => status === 'True'),
    ...Object.entries(runReasons.Failed).filter(([, { status }]) => status === 'True'),
  ];
  expect(stops.filter(([, { cure }]) => cure === undefined)).toEqual([]);
});

test('the words of a reason are its meaning, the detail of the case, and the cure', () => {
  expect(wordsOf(storeReasons.BucketNotFound, 'voice-ckpts.')).toBe(
    'There is no such bucket: voice-ckpts. Make it, or create a CheckpointStore with the right name.',
  );
  expect(wordsOf(storeReasons.Probing)).toBe('The store was not tried yet.');
});
