// What somebody is about to start from is never condemned, whatever the rules: the target of a pending rollback, and what a run
// that has no checkpoint of its own takes from this one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planRollback } from '../../../src/domain/bucket/rollback.ts';
import { planSource } from '../../../src/domain/bucket/source.ts';
import { planRetention, type RetentionQuestion } from '../../../src/domain/retention/plan.ts';
import { type AttemptTale, bucketFacts } from '../../support/bucket-facts.ts';
import { bucketTales, retentionRules } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';

type Change = Pick<RetentionQuestion, 'rollbackTargets' | 'dependents'>;

function locked(tales: readonly AttemptTale[], change: Change): readonly string[] {
  const rules = { keepModelLast: 2, keepNewest: 1, keepEvery: undefined, minAgeSeconds: 0 };
  const plan = planRetention({
    runUid: 'run-uid',
    rules,
    bucket: bucketFacts(tales),
    succeeded: true,
    startingAttempt: undefined,
    ...change,
  });
  if (plan.kind === 'Stopped') return [plan.why];
  const kept = plan.rulings.filter(({ verdict }) => verdict === 'Locked');
  return kept.map(({ checkpoint: { update }, reasons }) => `${update} ${reasons.join(' ')}`);
}

const steps: readonly AttemptTale[] = [{ number: 1, steps: [10, 20, 30, 40] }];
const newest = '40 ResumePoint KeepNewest';

test.each<{ name: string; change: Change; want: readonly string[] }>([
  { name: 'nothing, when nobody waits', change: {}, want: [newest] },
  {
    name: 'the update that a run names',
    change: { dependents: [{ run: 'warm', update: 20 }] },
    want: ['20 SourceOfRun', newest],
  },
  {
    name: 'the newest and the one before it for a run that takes the newest',
    change: { dependents: [{ run: 'warm', update: undefined }] },
    want: ['30 SourceOfRun', '40 ResumePoint SourceOfRun KeepNewest'],
  },
  {
    name: 'nothing for a run that names what there is not',
    change: { dependents: [{ run: 'warm', update: 25 }] },
    want: [newest],
  },
  {
    name: 'what a rollback goes back to',
    change: { rollbackTargets: ['prod/voice/zh/attempts/0001-11111111/steps/model_10.pt'] },
    want: ['10 RollbackTarget', newest],
  },
])('keeps $name', ({ change, want }) => {
  expect(locked(steps, change)).toEqual(want);
});

test('no checkpoint that a pending rollback or a waiting run would start from is ever condemned', () => {
  fc.assert(
    fc.property(bucketTales, retentionRules, fc.nat({ max: 60 }), (tales, rules, update) => {
      const bucket = bucketFacts(tales);
      const rollback = planRollback({ ...bucket, rollback: { update, attempt: 0, id: 'a' } });
      const source = planSource({
        source: { is: 'Run', run: 'zh', update },
        clusterUid: 'c',
        facts: { is: 'Run', clusterUid: 'c', ...bucket },
      });
      const targets = rollback.kind === 'From' ? rollback.candidates.map(({ key }) => key) : [];
      const sources = source.kind === 'From' ? source.candidates.map(({ key }) => key) : [];
      const plan = planRetention({
        runUid: 'run-uid',
        rules,
        bucket,
        succeeded: false,
        startingAttempt: undefined,
        rollbackTargets: targets,
        dependents: [{ run: 'warm', update }],
      });
      const rulings = plan.kind === 'Planned' ? plan.rulings : [];
      const condemned = rulings.filter(({ verdict }) => verdict === 'Condemned');
      expect(condemned.filter(({ checkpoint: { key } }) => [...targets, ...sources].includes(key))).toEqual(
        [],
      );
    }),
    { numRuns: runs(300, 20_000) },
  );
});
