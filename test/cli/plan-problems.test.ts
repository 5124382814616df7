// What is wrong in the files that plan reads is told by the file's name, the path in it, the value and the cure.
import { describe, expect, test } from 'vitest';
import { capped, planned, savedAt, writtenRun } from '../support/inventories.ts';

const checkpoint = { attempt: 1, kind: 'Step', update: 10, sizeBytes: 1, savedAt: savedAt(0) };
const withCheckpoint = (change: object): unknown => ({
  runs: [writtenRun({ checkpoints: [{ ...checkpoint, ...change } as never] })],
});
const withAttempts = (...attempts: readonly object[]): unknown => ({ runs: [writtenRun({ attempts })] });

describe('what is wrong in an inventory', () => {
  test.each([
    {
      name: 'no JSON',
      inventory: '{"runs": [',
      says: /it is not JSON \(.*\): give what kubectl reprise inventory/,
    },
    { name: 'a list', inventory: [], says: /the whole is \[\]: it must be an object/ },
    { name: 'no runs', inventory: {}, says: /runs is missing: it must be a list/ },
    {
      name: 'an unknown field',
      inventory: withCheckpoint({ size: 3 }),
      says: /runs\[0\]\.checkpoints\[0\]\.size: there is no such field: correct its name, or remove it/,
    },
    {
      name: 'a negative size',
      inventory: withCheckpoint({ sizeBytes: -5 }),
      says: /runs\[0\]\.checkpoints\[0\]\.sizeBytes is -5: it must be at least 0/,
    },
    {
      name: 'a fraction',
      inventory: withCheckpoint({ update: 1.5 }),
      says: /checkpoints\[0\]\.update is 1\.5: it must be a whole number/,
    },
    {
      name: 'a huge number',
      inventory: withCheckpoint({ update: 1e300 }),
      says: /checkpoints\[0\]\.update is 1e\+300: it must be/,
    },
    {
      name: 'a number as text',
      inventory: withCheckpoint({ update: '10' }),
      says: /checkpoints\[0\]\.update is "10": it must be a whole number/,
    },
    {
      name: 'a wrong kind',
      inventory: withCheckpoint({ kind: 'step' }),
      says: /checkpoints\[0\]\.kind is "step": it must be Last or Step/,
    },
    {
      name: 'no attempt',
      inventory: withCheckpoint({ attempt: undefined }),
      says: /checkpoints\[0\]\.attempt is missing: it must be a whole number/,
    },
    {
      name: 'a run that is gone since nobody knows when',
      inventory: { runs: [writtenRun({ phase: 'Gone' })] },
      says: /runs\[0\]\.gone is missing: of a run whose phase is Gone say since when/,
    },
    {
      name: 'an attempt that is not there',
      inventory: withCheckpoint({ attempt: 7 }),
      says: /checkpoints\[0\] names attempt 7, which is not among the run's attempts: correct it, or add the attempt/,
    },
    {
      name: 'a date that is none',
      inventory: withCheckpoint({ savedAt: '20.11.2026' }),
      says: /checkpoints\[0\]\.savedAt is "20\.11\.2026": it must be a day such as/,
    },
    {
      name: 'a day that does not exist',
      inventory: withCheckpoint({ savedAt: '2026-02-30' }),
      says: /savedAt is "2026-02-30"/,
    },
    {
      name: 'a run twice',
      inventory: { runs: [writtenRun(), writtenRun()] },
      says: /runs\[1\] is voice\/zh, which runs\[0\] is already/,
    },
    {
      name: 'an attempt twice',
      inventory: withAttempts({ number: 1 }, { number: 1 }),
      says: /attempts\[1\] is attempt 1, which attempts\[0\] is already/,
    },
    {
      name: 'two pods of one number',
      inventory: withAttempts({ number: 1, pod: 'a' }, { number: 1, pod: 'b' }),
      says: /checkpoints\[0\]\.pod is missing: several pods have tried attempt 1 \(a, b\)/,
    },
    {
      name: 'a checkpoint twice',
      inventory: { runs: [writtenRun({ checkpoints: [checkpoint, checkpoint] as never })] },
      says: /checkpoints\[1\] is the Step 10 of attempt 1, which checkpoints\[0\] is already/,
    },
    {
      name: 'an origin that is not there',
      inventory: withAttempts({ number: 2, resumedFrom: { attempt: 1, update: 5 } }),
      says: /attempts\[0\]\.resumedFrom names attempt 1, which is not among/,
    },
    {
      name: 'a circle',
      inventory: withAttempts(
        { number: 1, resumedFrom: { attempt: 2, update: 5 } },
        { number: 2, resumedFrom: { attempt: 1, update: 5 } },
      ),
      says: /attempts\[0\]\.resumedFrom\.attempt is 2: attempt 1 can only have resumed from one of a smaller number, or the lineage runs in a circle/,
    },
    {
      name: 'a phase that is none',
      inventory: { runs: [writtenRun({ phase: 'succeeded' })] },
      says: /runs\[0\]\.phase is "succeeded": it must be Pending or/,
    },
    {
      name: 'rules that are none',
      inventory: { runs: [writtenRun({ retention: { keepNewest: 0 } })] },
      says: /runs\[0\]\.retention\.keepNewest is 0: it must be at least 1/,
    },
    {
      name: 'rules that nobody knows',
      inventory: { runs: [writtenRun({ retention: { keepLast: 3 } })] },
      says: /runs\[0\]\.retention\.keepLast: there is no such field/,
    },
    {
      name: 'a label that is a number',
      inventory: { runs: [writtenRun({ labels: { team: 5 } })] },
      says: /runs\[0\]\.labels\.team is 5: it must be a text/,
    },
  ])('$name', async ({ inventory, says }) => {
    const { code, out, err } = await planned(inventory);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^error: inventory\.json: /);
    expect(err).toMatch(says);
  });

  test('many problems are counted, not all told', async () => {
    const wrong = Array.from({ length: 50 }, () => ({ ...checkpoint, sizeBytes: -1 }) as never);
    const { err } = await planned({ runs: [writtenRun({ checkpoints: wrong })] });
    expect(err).toMatch(/and 42 more\n$/);
  });

  test('null counts as absent', async () => {
    const inventory = withAttempts({ number: 1, pod: null, resumedFrom: null });
    expect((await planned(inventory)).code).toBe(0);
  });
});

describe('what is wrong in a file of rules', () => {
  test.each([
    { name: 'no YAML', policy: 'retention: {keepNewest: 3', says: /it is not YAML: line 1, column \d+: / },
    {
      name: 'a field twice',
      policy: 'retention:\n  keepNewest: 3\n  keepNewest: 4\n',
      says: /it is not YAML: line 3, column 3: Map keys must be unique/,
    },
    { name: 'nothing', policy: '# nothing\n', says: /it is empty: give a block "retention:"/ },
    { name: 'a text', policy: 'keep them all', says: /it holds "keep them all": give a block/ },
    {
      name: 'rules without their block',
      policy: 'keepNewest: 3',
      says: /it has the field keepNewest: give a block "retention:"/,
    },
    { name: 'an empty block', policy: 'retention:\n', says: /retention is empty: name a rule/ },
    {
      name: 'an unknown rule',
      policy: 'retention: {keepLast: 3}',
      says: /retention\.keepLast: there is no such field/,
    },
    {
      name: 'a value too low',
      policy: 'retention: {keepModelLast: 1}',
      says: /retention\.keepModelLast is 1: it must be at least 2/,
    },
    {
      name: 'a size that is none',
      policy: 'retention: {maxBytes: 200GB}',
      says: /retention\.maxBytes is "200GB": it must be a size greater than zero, such as 40Gi/,
    },
    { name: 'another kind', policy: 'kind: ConfigMap', says: /its kind is "ConfigMap": give a block/ },
    {
      name: 'a policy without a selector',
      policy: capped.replace(/ {2}selector.*\n/, ''),
      says: /spec\.selector is missing: it must be an object/,
    },
    {
      name: 'a policy with an unknown field',
      policy: `${capped}  floors: {}\n`,
      says: /spec\.floors: there is no such field/,
    },
    {
      name: 'a policy of another version',
      policy: capped.replace('v1alpha1', 'v1'),
      says: /apiVersion is "reprise\.dev\/v1": it must be reprise\.dev\/v1alpha1/,
    },
    { name: 'a policy twice', policy: `${capped}---\n${capped}`, says: /it has the policy capped twice/ },
    { name: 'two blocks', policy: 'retention: {}\n---\nretention: {}\n', says: /it has 2 retention blocks/ },
    {
      name: 'the second document',
      policy: `${capped}---\nretention: {keepNewest: 0}\n`,
      says: /document 2: retention\.keepNewest is 0/,
    },
  ])('$name', async ({ policy, says }) => {
    const { code, out, err } = await planned({ runs: [writtenRun()] }, policy);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^error: policy\.yaml: /);
    expect(err).toMatch(says);
  });
});
