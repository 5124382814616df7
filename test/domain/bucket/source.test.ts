// From what a run that has no checkpoint of its own is initialised, and what is said when it cannot be.
import { describe, expect, test } from 'vitest';
import { planResume } from '../../../src/domain/bucket/resume.ts';
import { planSource, type SourceFacts, type SourcePlan } from '../../../src/domain/bucket/source.ts';
import { type AttemptTale, attemptId, bucketFacts } from '../../support/bucket-facts.ts';

const tales: readonly AttemptTale[] = [
  { number: 1, last: [40], steps: [30, 20] },
  { number: 2, from: [1, 20], rollback: '1', steps: [30] },
];

/** `clusterUid` null: there is no run.json. */
function runAt(attempts: readonly AttemptTale[], clusterUid: string | null = 'cluster'): SourceFacts {
  const { inventory, origins } = bucketFacts(attempts);
  return { is: 'Run', clusterUid: clusterUid ?? undefined, inventory, origins };
}

const planOf = (facts: SourceFacts, update?: number): SourcePlan =>
  planSource({ source: { is: 'Run', run: 'zh', update }, clusterUids: ['cluster'], facts });

const candidatesOf = (plan: SourcePlan): readonly string[] =>
  plan.kind === 'Stop'
    ? [plan.message]
    : plan.candidates.map(({ attempt, kind, update }) => `${attempt?.number}:${kind}@${update}`);

describe('another run', () => {
  test('its newest, and what lies before it on its lineage; nothing it abandoned', () => {
    expect(candidatesOf(planOf(runAt(tales)))).toEqual(['2:Step@30', '1:Step@20']);
  });

  test('exactly the update that was named', () => {
    expect(candidatesOf(planOf(runAt(tales), 20))).toEqual(['1:Step@20']);
  });

  test('of a cluster that is no more, whose runs the store takes over', () => {
    const source = { is: 'Run', run: 'zh', update: undefined } as const;
    const plan = planSource({ source, clusterUids: ['cluster', 'former'], facts: runAt(tales, 'former') });
    expect(candidatesOf(plan)).toEqual(['2:Step@30', '1:Step@20']);
  });

  test.each<{ name: string; facts: SourceFacts; update?: number; reason: string; says: RegExp }>([
    {
      name: 'that never started',
      facts: runAt([], null),
      reason: 'SourceNotFound',
      says: /no run has ever started below prod\/voice\/zh\/.*Start it, with the same store.*immutable/,
    },
    {
      name: 'of another cluster',
      facts: runAt(tales, 'elsewhere'),
      reason: 'SourceForeign',
      says: /belongs to another cluster \(UID elsewhere\).*adoptClusters.*initializeFrom\.object/,
    },
    {
      name: 'that has saved nothing',
      facts: runAt([{ number: 1 }]),
      reason: 'SourceNotSaved',
      says: /no checkpoint on the lineage.*waited for/,
    },
    {
      name: 'that abandoned the update',
      facts: runAt(tales),
      update: 40,
      reason: 'SourceNotSaved',
      says: /no checkpoint of update 40.*Saved on the lineage: 20, 30\./,
    },
    {
      name: 'whose lineage is lost',
      facts: runAt([{ number: 2, from: [1, 20], last: [30] }]),
      reason: 'SourceUnreadable',
      says: /attempt\.json is missing\. Put the object back/,
    },
  ])('$name is none: it says so, and how to mend it', ({ facts, update, reason, says }) => {
    const plan = planOf(facts, update);
    expect(plan).toMatchObject({ kind: 'Stop', reason, message: expect.stringMatching(says) });
  });
});

describe('an object', () => {
  const key = 'prod/voice/_objects/base/model.safetensors';
  const source = { is: 'Object', object: 'base/model.safetensors' } as const;

  test('is taken as it is', () => {
    const found = { key, sizeBytes: 10, savedAt: 0, etag: 'e' };
    const plan = planSource({ source, clusterUids: ['cluster'], facts: { is: 'Object', key, found } });
    expect(plan).toEqual({ kind: 'From', candidates: [found] });
  });

  test('that is not there is asked for by its whole key', () => {
    const facts: SourceFacts = { is: 'Object', key, found: undefined };
    expect(planSource({ source, clusterUids: ['cluster'], facts })).toMatchObject({
      reason: 'SourceNotFound',
      message: expect.stringContaining(`no object ${key} in the bucket. Upload it under this key`),
    });
  });
});

const kindOf = (
  own: readonly AttemptTale[],
  expected?: { attempt: { number: number; pod: string }; update: number },
) => {
  const { inventory, origins } = bucketFacts(own);
  const question = { runUid: 'run-uid', markerUid: 'run-uid', inventory, origins };
  return planResume({ ...question, expected, initializes: true }).kind;
};

describe('initialising', () => {
  test.each<{ name: string; own: readonly AttemptTale[]; want: string }>([
    { name: 'a new run', own: [], want: 'Initialize' },
    {
      name: 'again, when the attempt that was initialised saved nothing',
      own: [{ number: 1 }],
      want: 'Initialize',
    },
    { name: 'no run that has a checkpoint of its own', own: [{ number: 1, last: [5] }], want: 'From' },
    {
      name: 'no run whose own checkpoint is off its lineage',
      own: [{ number: 1, last: [5] }, { number: 2 }],
      want: 'Stop',
    },
    {
      name: 'no run that was rolled back to nothing',
      own: [
        { number: 1, last: [5] },
        { number: 2, rollback: '1' },
      ],
      want: 'Scratch',
    },
  ])('$name', ({ own, want }) => {
    expect(kindOf(own)).toBe(want);
  });

  test('no run that is known to have had one', () => {
    expect(kindOf([], { attempt: attemptId(1), update: 5 })).toBe('Stop');
  });
});
