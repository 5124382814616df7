// A plan for programs is written a run at a time, and reads as if it had been written at once.
import { expect, test } from 'vitest';
import { planJson } from '../../src/cli/plan-report.ts';
import type { ShownRun } from '../../src/cli/plan-view.ts';

const shown = (run: string, updates: readonly number[]): ShownRun => ({
  name: { namespace: 'voice', run },
  phase: 'Running',
  rulings: updates.map((update) => ({
    checkpoint: {
      attempt: { number: 1, pod: 'aaaaaaaa' },
      kind: 'Step',
      update,
      sizeBytes: 1,
      savedAt: 0,
    },
    verdict: 'Keep',
    reasons: ['KeepNewest', 'MinAge'],
  })),
  settings: undefined,
  stopped: undefined,
  auditStopped: undefined,
  notes: [],
  changesInSeconds: undefined,
});

test.each([
  { runs: [], name: 'no run' },
  { runs: [shown('zh', [])], name: 'a run without checkpoints' },
  { runs: [shown('zh', [10]), shown('en', []), shown('fr', [20, 30])], name: 'three runs' },
  { runs: [shown('en', []), shown('fr', [20, 30])], name: 'nothing in the first' },
])('$name', ({ runs }) => {
  const rows = runs.flatMap(({ name, rulings }) =>
    rulings.map(({ checkpoint: { attempt, kind, update }, verdict, reasons }) => ({
      ...name,
      attempt: attempt.number,
      kind,
      update,
      verdict,
      reasons,
    })),
  );
  expect([...planJson({ runs, capacities: [], at: 0 })].join('')).toBe(`${JSON.stringify(rows, null, 2)}\n`);
});
