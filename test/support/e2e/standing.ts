// What must be told of a run that cannot go on, and is asserted together: phase, sentence, condition, Event, the counters that it must
// not cost, and kubectl reprise why, which says the same.
import { expect } from 'vitest';
import type { RunStatus } from '../../../src/domain/run/status.ts';
import { fromSources, runProcess } from '../cli-stage.ts';
import { eventually } from './patience.ts';
import { listEvents } from './run-view.ts';
import { stage } from './stage.ts';
import type { StatusRecord } from './status-record.ts';
import type { TestedRun } from './tested-run.ts';

export interface ExpectedStall {
  readonly reason: string;
  /** what is wrong and what would cure it */
  readonly message: RegExp;
}

interface Told {
  readonly phase: string;
  readonly reason: string | null;
  readonly message: string;
  readonly cure: string | null;
}

/** What `kubectl reprise why` tells an administrator. */
async function why({ namespace, name }: TestedRun): Promise<Told> {
  const line = fromSources('why', name, '-n', namespace, '-o', 'json', '--kubeconfig', stage().kubeconfig);
  const { code, out, err } = await runProcess(line, { env: { HOME: '/nowhere' } });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Told;
}

/** As {@link expectStalled}, of a run that may have gone on meanwhile: the next attempt is made without any cure. */
export async function expectStoodStalled(
  run: TestedRun,
  record: StatusRecord,
  stall: ExpectedStall,
): Promise<void> {
  const told = await record.first(`Stalled for ${stall.reason}: ${stall.message}`, says(stall));
  await expectTold(run, told, stall);
}

/** Waits until the run says so, asserts all that is told of it, and returns the status that said it. */
export async function expectStalled(run: TestedRun, stall: ExpectedStall): Promise<RunStatus> {
  const { reason, message } = stall;
  const stalled = await run.until(`Stalled for ${reason}: ${message}`, says(stall));
  await expectTold(run, stalled, stall);
  // where an attempt is made now and then to see whether it is cured, it may be under way just now
  await eventually({
    otherwise: `why does not say ${reason}`,
    check: async () => {
      const told = await why(run);
      return told.phase === 'Stalled' &&
        told.reason === reason &&
        message.test(told.message) &&
        told.cure !== null
        ? undefined
        : JSON.stringify(told);
    },
  });
  return stalled;
}

const says =
  ({ reason, message }: ExpectedStall) =>
  ({ conditions, message: words }: RunStatus): boolean =>
    message.test(words) && conditions.some((one) => one.type === 'Stalled' && one.reason === reason);

async function expectTold(run: TestedRun, stalled: RunStatus, stall: ExpectedStall): Promise<void> {
  expect(stalled).toMatchObject({ phase: 'Stalled', failures: 0, totals: { failures: 0, disruptions: 0 } });
  expect(stalled.conditions.find(({ type }) => type === 'Stalled')).toMatchObject({
    status: 'True',
    message: stalled.message,
  });
  await expectEvent(run, stall);
}

async function expectEvent(run: TestedRun, { reason, message }: ExpectedStall): Promise<void> {
  const uid = await run.uid();
  await eventually({
    otherwise: `there is no Event ${reason}`,
    check: async () => {
      const ofRun = (await listEvents(run)).filter(({ regarding }) => regarding.uid === uid);
      const isThere = ofRun.some(
        (event) => event.type === 'Warning' && event.reason === reason && message.test(event.note),
      );
      return isThere ? undefined : ofRun.map((event) => `${event.reason}: ${event.note}`).join('\n');
    },
  });
}
