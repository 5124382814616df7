// The operator stopped dead, or left without an answer, at the calls it makes while it rolls a run back: the rollback is carried
// out once, and the run comes to the same end.
import { expect, test } from 'vitest';
import { ClusterError } from '../../../src/ports/cluster.ts';
import { attemptDocument } from '../../../src/wire/attempt-document.ts';
import { Stopped, type Strike } from '../../support/call-trace.ts';
import { nightly, runs } from '../../support/counts.ts';
import { RunBench, runPrefix } from '../../support/run-bench.ts';

async function passes(bench: RunBench): Promise<void> {
  for (let left = 3; left > 0; left -= 1) {
    try {
      await bench.passes();
      return;
    } catch (cause) {
      if (cause instanceof Stopped) bench.restartOperator();
      else if (!(cause instanceof ClusterError) && !isOfStore(cause)) throw cause;
    }
  }
}

const isOfStore = (cause: unknown): boolean => cause instanceof Error && cause.name === 'ObjectStoreError';

const askedAt = 9;

interface Life {
  readonly bench: RunBench;
  /** The calls made before the rollback was asked for, and before it was long carried out. */
  readonly from: number;
  readonly until: number;
}

/** Trains, is rolled back to update 10, is evicted before it saves again, and succeeds. */
async function live(strike?: Strike): Promise<Life> {
  const spec = { podTemplate: { spec: { terminationGracePeriodSeconds: 5 } } };
  const bench = new RunBench(spec);
  bench.training.script = { pace: 3, stepEvery: 10, target: 60, crashes: [] };
  bench.trace.strike = strike;
  const marks = { from: 0, until: 0 };
  const script: Readonly<Record<number, () => void>> = {
    [askedAt]: () => {
      marks.from = bench.trace.calls.length;
      bench.change({ spec: { rollback: { update: 10, id: 'a' } } });
    },
    [askedAt + 6]: () => {
      marks.until = bench.trace.calls.length;
      bench.training.kubelet.evict(bench.training.pods.at(-1)?.metadata ?? { name: '' });
    },
    [askedAt + 10]: () => bench.change({ spec: { rollback: null } }),
  };
  for (let second = 0; second < 45; second += 1) {
    script[second]?.();
    await passes(bench);
    await bench.training.turn();
    await passes(bench);
    await bench.clock.advance(1000);
  }
  return { bench, ...marks };
}

/** What every attempt told of its beginning, and how the run ended. */
function outcomeOf({ bench }: Life): unknown {
  const keys = bench.objects.keys(`${runPrefix}attempts/`).filter((key) => key.endsWith('attempt.json'));
  const beginnings = keys.map((key) => {
    const text = new TextDecoder().decode(bench.objects.objects.get(key)?.bytes);
    const { rollback, resumedFrom } = attemptDocument.parse(text, key);
    return [rollback, resumedFrom?.update];
  });
  const { phase, failures, attempts } = bench.status;
  const causes = attempts.map(({ cause }) => cause).filter((cause) => cause !== 'NumberGivenUp');
  return { beginnings, phase, failures, causes };
}

const hows = ['stopped before', 'stopped after', 'unanswered'] as const;

test(
  'the rollback is carried out once, wherever its operator is struck',
  { timeout: nightly ? 1_800_000 : 300_000 },
  async () => {
    const undisturbed = await live();
    const want = outcomeOf(undisturbed);
    expect(want).toMatchObject({
      beginnings: [
        [null, undefined],
        ['a', 10],
        [null, expect.any(Number)],
      ],
      phase: 'Succeeded',
      causes: ['Succeeded', 'Evicted', 'RolledBack'],
    });
    const { from, until } = undisturbed;
    const every = runs(9, 1);
    for (let call = from; call < until; call += every) {
      for (const how of hows) {
        const life = await live({ call, how });
        expect({ call, how, outcome: outcomeOf(life) }).toEqual({ call, how, outcome: want });
      }
    }
  },
);
