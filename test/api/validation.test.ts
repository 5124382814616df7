// zod refuses and accepts what the tables say, at the field and with the words that people read; the API server is put the same
// tables in test/cluster/crds.test.ts. Every rule of the CRDs has an object that breaks it.
import { describe, expect, test } from 'vitest';
import { kinds } from '../../scripts/crd/custom-resource.ts';
import type { StructuralSchema } from '../../scripts/crd/structural-schema.ts';
import type { Parsed } from '../../src/api/parsed.ts';
import { parsePolicy } from '../../src/api/policy.ts';
import { parseRun } from '../../src/api/run.ts';
import { parseStore } from '../../src/api/store.ts';
import {
  asStored,
  type BadObject,
  badPolicies,
  badRuns,
  badStores,
  goodPolicies,
  goodRuns,
  goodStores,
  smallestPolicy,
  smallestRun,
  smallestStore,
} from '../support/api-objects.ts';

// names are checked by the CRD's root rule alone: an object that is stored has one
const stored = ({ serverOnly, field }: BadObject): boolean => !serverOnly && field !== 'metadata';

function problemsOf(parsed: Parsed<unknown>): readonly string[] {
  return 'problems' in parsed ? parsed.problems : [];
}

function okOf<T>(parsed: Parsed<T>): T {
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return parsed.ok;
}

describe.each([
  {
    kind: 'TTSTrainingRun',
    read: (value: unknown): Parsed<unknown> => parseRun(value),
    bad: badRuns,
    good: goodRuns,
  },
  {
    kind: 'CheckpointStore',
    read: (value: unknown): Parsed<unknown> => parseStore(value),
    bad: badStores,
    good: goodStores,
  },
  {
    kind: 'CheckpointRetentionPolicy',
    read: (value: unknown): Parsed<unknown> => parsePolicy(value),
    bad: badPolicies,
    good: goodPolicies,
  },
])('$kind', ({ read, bad, good }) => {
  test.each(bad.filter(stored))('refuses $name', ({ object, field, says = '' }) => {
    const problems = problemsOf(read(asStored(object))).filter((problem) => problem.startsWith(`${field}: `));
    expect(problems).not.toEqual([]);
    expect(problems.join('\n')).toContain(says);
  });

  test.each(good)('accepts $name', ({ object }) => {
    const first = okOf(read(asStored(object)));
    expect(okOf(read(first))).toEqual(first);
  });
});

describe('defaults', () => {
  test('a run that says only what it must gets the rest', () => {
    expect(okOf(parseRun(asStored(smallestRun))).spec).toEqual({
      trainer: { image: 'registry.example/f5-tts:1', checkpointDir: '/workspace/ckpts/run' },
      podTemplate: { spec: { terminationGracePeriodSeconds: 1800 } },
      scratch: { size: '40Gi', storageClassName: '' },
      sharedMemory: '8Gi',
      sync: { modelLastEverySeconds: 300 },
      restart: { maxFailures: 3, nodeLostAfterSeconds: 60, onHung: 'Report' },
      deletionPolicy: 'Retain',
      suspend: false,
      suspendMode: 'AfterNextSave',
      suspendDeadlineSeconds: 3600,
      podTTLSecondsAfterFinished: 86_400,
    });
  });

  test('a store that says only what it must gets the rest', () => {
    expect(okOf(parseStore(asStored(smallestStore))).spec).toEqual({
      s3: { bucket: 'voice-ckpts', prefix: '', region: 'us-east-1', forcePathStyle: true },
      agentCredentials: { mode: 'Secret', secretName: 'reprise-store' },
      adoptClusters: [],
    });
  });
});

test('a policy that says only what it must audits, and takes nothing', () => {
  expect(okOf(parsePolicy(asStored(smallestPolicy))).spec).toEqual({ selector: {}, mode: 'Audit' });
});

/** A CEL rule of a CRD that does not compare with the old object, and a pattern of the fields it is reported at. */
interface RuleAt {
  readonly field: string;
  readonly message: string;
}

function rulesIn(schema: StructuralSchema, at: string): RuleAt[] {
  const own = (schema['x-kubernetes-validations'] ?? []).filter(({ rule }) => !rule.includes('oldSelf'));
  const children = Object.entries(schema.properties ?? {}).map(([name, child]) => ({
    child,
    at: `${at}.${name}`,
  }));
  if (schema.items !== undefined) children.push({ child: schema.items, at: `${at}[0]` });
  if (typeof schema.additionalProperties === 'object')
    children.push({ child: schema.additionalProperties, at: `${at}.*` });
  return [
    ...own.map(({ message, fieldPath = '' }) => ({ field: (at + fieldPath).slice(1), message })),
    ...children.flatMap(({ child, at }) => rulesIn(child, at)),
  ];
}

/** The words without the name of the culprit before them, if there is one. */
const withoutCulprit = (says: string): string => says.replace(/^[^ ]+( [^ ]+)?: /, '');

function covers({ field, says }: BadObject, rule: RuleAt): boolean {
  if (says === undefined) return false;
  const isValueOfMap = rule.field.endsWith('.*') && field.startsWith(rule.field.slice(0, -1));
  const isField = isValueOfMap || field === rule.field;
  return isField && [says, withoutCulprit(says)].some((words) => rule.message.includes(words));
}

const allBad = [...badRuns, ...badStores, ...badPolicies];

test.each(kinds.map(({ names, schema }) => ({ kind: names.kind, schema, bad: allBad })))(
  'every rule of $kind has an object that breaks it',
  ({ schema, bad }) => {
    const untested = rulesIn(schema, '').filter((rule) => !bad.some((object) => covers(object, rule)));
    expect(untested).toEqual([]);
  },
);
