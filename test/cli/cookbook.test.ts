// The recipes of the cookbook, planned as a reader would plan them: every verdict and every reason is as the document says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CliBench } from '../support/cli-bench.ts';
import type { PlanRow } from '../support/plan-row.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/retention-cookbook.md'), 'utf8');

const files = new Map(
  [...text.matchAll(/^```yaml (\S+)\n(.*?)^```\n/gms)].map(([, name = '', block = '']) => [name, block]),
);
const recipes = [...text.matchAll(/^```verdicts (\S+) (\S+)\n(.*?)^```\n/gms)].map(
  ([, file = '', at = '', block = '']) => ({ file, at, ...readTale(block) }),
);

interface Tale {
  readonly runs: readonly object[];
  /** `voice/zh 1 Step 10000 Keep KeepEvery`, one a checkpoint. */
  readonly verdicts: readonly string[];
}

/** Runs, each a line, followed by a line for each of its checkpoints with what is ruled. */
function readTale(block: string): Tale {
  const [, ...parts] = `\n${block}`.split(/\n(?=[a-z]+\/)/);
  const tales = parts.flatMap((part) => {
    const [head = '', ...lines] = part.trim().split('\n');
    return namesIn(head).map((name) => readRun(name, head, lines));
  });
  return { runs: tales.map(({ run }) => run), verdicts: tales.flatMap(({ verdicts }) => verdicts) };
}

/** `voice/speaker-{01..50}` is fifty names. */
function namesIn(head: string): readonly string[] {
  const [whole = ''] = head.split(' ');
  const [, before = '', from, to] = /^(.*)\{(\d+)\.\.(\d+)\}$/.exec(whole) ?? [];
  if (from === undefined) return [whole];
  const count = Number(to) - Number(from) + 1;
  return Array.from(
    { length: count },
    (_, at) => before + String(at + Number(from)).padStart(from.length, '0'),
  );
}

function readRun(
  name: string,
  head: string,
  lines: readonly string[],
): { readonly run: object; readonly verdicts: readonly string[] } {
  const [namespace, run] = name.split('/');
  const [, phase = '', ...more] = head.split(' ');
  const isGone = phase === 'Gone';
  const labelsOf = (prefix: string): object =>
    Object.fromEntries(
      more.flatMap((word) => {
        const [, key = '', value = ''] = new RegExp(`^${prefix}([a-z]+)=(.*)$`).exec(word) ?? [];
        return key === '' ? [] : [[key, value]];
      }),
    );
  const checkpoints = lines.map(readCheckpoint);
  return {
    run: {
      namespace,
      run,
      phase: isGone ? 'Failed' : phase,
      labels: labelsOf('run\\.'),
      namespaceLabels: labelsOf(''),
      attempts: [{ number: 1 }],
      checkpoints: checkpoints.map(({ checkpoint }) => checkpoint),
      ...(isGone ? { gone: { since: more[1] } } : {}),
    },
    verdicts: checkpoints.map(({ verdict }) => `${name} ${verdict}`),
  };
}

function readCheckpoint(line: string): { readonly checkpoint: object; readonly verdict: string } {
  const [attempt, kind, update, size = '', savedAt, ...rest] = line.trim().split(/\s+/);
  const pinned = rest[0] === 'pinned';
  const checkpoint = {
    attempt: Number(attempt),
    kind,
    update: Number(update),
    sizeBytes: Number(size.replace('Gi', '')) * 2 ** 30,
    savedAt,
    pinned,
  };
  return { checkpoint, verdict: [attempt, kind, update, ...rest.slice(pinned ? 1 : 0)].join(' ') };
}

test('has a recipe for each of seven wishes, and every file is planned', () => {
  expect(recipes.map(({ file }) => file)).toEqual([...files.keys()]);
  expect(recipes).toHaveLength(7);
});

describe.each(recipes)('$file', ({ file, at, runs, verdicts }) => {
  test('does what it says', async () => {
    const bench = new CliBench();
    const write = (name: string, content: string): void =>
      bench.write(name, new TextEncoder().encode(content));
    write(file, files.get(file) ?? '');
    write('inventory.json', JSON.stringify({ runs }));
    const args = ['--inventory', 'inventory.json', '--with', file, '--at', at, '-o', 'json'];
    const { code, out, err } = await bench.run('plan', ...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const ruled = (JSON.parse(out) as readonly PlanRow[]).map((row) =>
      [`${row.namespace}/${row.run}`, row.attempt, row.kind, row.update, row.verdict, ...row.reasons].join(
        ' ',
      ),
    );
    expect(ruled.toSorted()).toEqual([...verdicts].toSorted());
  });
});
