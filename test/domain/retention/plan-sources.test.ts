// What somebody is about to start from is never condemned, whatever the rules: the target of a pending rollback, and what a run
// that has no checkpoint of its own takes from this one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planRollback } from '../../../src/domain/bucket/rollback.ts';
import { planSource } from '../../../src/domain/bucket/source.ts';
import type { Checkpoint } from '../../../src/domain/bucket/inventory.ts';
import type { RetentionQuestion } from '../../../src/domain/retention/draft.ts';
import { planRetention } from '../../../src/domain/retention/plan.ts';
import { type AttemptTale, bucketFacts } from '../../support/bucket-facts.ts';
import { bucketTales, retentionRules } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';
import { askedOf } from '../../support/retention-question.ts';

type Change = Pick<RetentionQuestion<Checkpoint>, 'rollbackTargets' | 'dependents'>;

function locked(tales: readonly AttemptTale[], change: Change): readonly string[] {
  const rules = { keepNewest: 1, minAgeSeconds: 0 };
  const plan = planRetention(askedOf(bucketFacts(tales), { rules, succeeded: true, ...change }));
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
    want: [newest, '20 SourceOfRun'],
  },
  {
    name: 'the newest and the one before it for a run that takes the newest',
    change: { dependents: [{ run: 'warm', update: undefined }] },
    want: ['40 ResumePoint SourceOfRun KeepNewest', '30 SourceOfRun'],
  },
  {
    name: 'nothing for a run that names what there is not',
    change: { dependents: [{ run: 'warm', update: 25 }] },
    want: [newest],
  },
  {
    name: 'what a rollback goes back to',
    change: { rollbackTargets: [{ attempt: { number: 1, pod: '11111111' }, kind: 'Step', update: 10 }] },
    want: [newest, '10 RollbackTarget'],
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
        clusterUids: ['c'],
        facts: { is: 'Run', clusterUid: 'c', ...bucket },
      });
      const targets = rollback.kind === 'From' ? rollback.candidates : [];
      const sources = source.kind === 'From' ? source.candidates : [];
      const wanted = [...targets, ...sources].map(({ key }) => key);
      const plan = planRetention(
        askedOf(bucket, { rules, rollbackTargets: targets, dependents: [{ run: 'warm', update }] }),
      );
      const rulings = plan.kind === 'Planned' ? plan.rulings : [];
      const condemned = rulings.filter(({ verdict }) => verdict === 'Condemned');
      expect(condemned.filter(({ checkpoint: { key } }) => wanted.includes(key))).toEqual([]);
    }),
    { numRuns: runs(300, 20_000) },
  );
});
