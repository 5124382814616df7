// The command line looks at a run on the real cluster, as its user does: while it trains, is evicted, goes on and is suspended.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { fromSources, type ProcessEnd, type ProcessOptions, runProcess } from '../support/cli-stage.ts';
import { eventually } from '../support/e2e/patience.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

const namespace = 'looked-at';

/** A command line of an administrator without credentials of their own for the bucket. */
function reprise(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessEnd> {
  const line = fromSources(...args, '-n', namespace, '--kubeconfig', stage().kubeconfig);
  return runProcess(line, { env: { HOME: '/nowhere' }, ...options });
}

interface Going {
  readonly ended: Promise<ProcessEnd>;
  /** Resolves once it has printed this. */
  readonly untilSaid: (words: RegExp) => Promise<void>;
  readonly interrupt: () => void;
}

/** One that goes on, once it has printed something. */
async function goOn(...args: readonly string[]): Promise<Going> {
  let said = '';
  const kills: ((signal: NodeJS.Signals) => void)[] = [];
  const ended = reprise(args, { started: (kill) => void kills.push(kill), spoke: (out) => (said = out) });
  const untilSaid = async (words: RegExp): Promise<void> =>
    eventually({
      otherwise: `reprise ${args.join(' ')} did not say ${words}`,
      check: async () => (words.test(said) ? undefined : `it said: ${said}`),
    });
  await untilSaid(/./);
  return { ended, untilSaid, interrupt: () => kills.forEach((kill) => kill('SIGINT')) };
}

async function json(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, out, err } = await reprise([...args, '-o', 'json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Readonly<Record<string, unknown>>;
}

/** Asserts that it comes to tell this: a look at a busy pod may get no answer, and then what it would have told is missing. */
async function expectTold(words: readonly string[], wanted: object): Promise<void> {
  await eventually({
    otherwise: `reprise ${words.join(' ')} does not tell what it should`,
    check: async () => {
      expect(await json(...words)).toMatchObject(wanted);
      return undefined;
    },
  });
}

describeWith(await missingForNodes(), 'kubectl reprise before a real run', () => {
  test('tells how it stands, why, what became of it and what it says', async (context) => {
    // far more than can be made until it is suspended
    const run = await applyTestedRun(context, { namespace, pace: { updates: 20_000 } });
    await run.untilSaved(50);
    const training = { phase: 'Running', judgedFrom: 'Facts', gaps: [], next: { actions: [] }, cure: null };
    await expectTold(['status', 'run'], {
      ...training,
      progress: { source: 'Pod', plannedUpdates: 20_000 },
      resumePoint: { attempt: 1 },
      evictionCost: { updates: expect.any(Number) },
      attempts: [{ number: 1, cause: null }],
    });
    await expectTold(['why', 'run'], { ...training, idle: null });
    expect((await reprise(['status'])).out).toMatch(/^run +Running +\d+\/20000 /m);
    const { out: said } = await reprise(['logs', 'run']);
    expect(said).toMatch(/^restore \| /m);
    expect(said).toMatch(/^sync {4}\| /m);
    expect(said).toMatch(/^trainer \| /m);

    const watching = await goOn('status', 'run', '--watch');
    const following = await goOn('logs', 'run', '--follow', '--tail', '5');
    await run.evict(await run.untilTraining(1));
    expect(await following.ended).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^pod run-1-\w+ has ended\n$/),
    });
    await run.untilTraining(2);
    await run.untilEnded(1);
    const { attempts } = await json('attempts', 'run');
    expect(attempts).toMatchObject([
      { number: 2, cause: null },
      { number: 1, cause: 'Evicted', savedUpdate: expect.any(Number), lostUpdates: expect.any(Number) },
    ]);
    await watching.untilSaid(/^1 +gpu-\d +Evicted /m);
    watching.interrupt();
    expect(await watching.ended).toMatchObject({ code: 0, err: '' });
    await eventually({
      otherwise: 'the first pod did not go',
      everyMillis: 200,
      check: async () => ((await run.pod(1)) === undefined ? undefined : 'it is there'),
    });
    expect(await reprise(['logs', 'run', '--attempt', '1'])).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^error: the pod of attempt 1 is gone, .* it ended as Evicted/),
    });

    await run.patch({ spec: { suspend: true, suspendMode: 'Now' } });
    await run.untilPhase('Suspended');
    await expectTold(['why', 'run'], { phase: 'Suspended', idle: null });
  });
});
