// What must be told of an attempt's end, and is asserted together: the ledger, the Event, the counters and the run's condition.
import { expect } from 'vitest';
import { formatAttemptId, podOf } from '../../../src/domain/bucket/keys.ts';
import { type Cause, eventTypeOf } from '../../../src/domain/run/causes.ts';
import type { LedgerEntry } from '../../../src/domain/run/status.ts';
import type { Pod } from '../../../src/ports/kube-objects.ts';
import { type EndDocument, endDocument } from '../../../src/wire/end-document.ts';
import { readText } from './bucket.ts';
import { eventually } from './patience.ts';
import { expectFinalWeights } from './proof.ts';
import { attemptOf, listEvents, type RunEvent } from './run-view.ts';
import { entryOf, type TestedRun } from './tested-run.ts';

export interface ExpectedEnding {
  readonly attempt?: number;
  readonly cause: Cause;
  readonly message: RegExp;
  /** more of the ledger's entry */
  readonly entry?: Partial<LedgerEntry>;
}

/** Waits until the attempt's end is decided and told, asserts what is told of it, and returns its entry. */
export async function expectEnding(
  run: TestedRun,
  { attempt = 1, cause, message, entry = {} }: ExpectedEnding,
): Promise<LedgerEntry> {
  const status = await run.until(
    `the end of attempt ${attempt} is decided`,
    (now) => entryOf(now, attempt)?.cause !== undefined,
  );
  const told = entryOf(status, attempt);
  expect(told).toMatchObject({ ...entry, cause, message: expect.stringMatching(message) });
  const event = await eventOf(run, { attempt, cause, message });
  expect(event.type).toBe(eventTypeOf(cause));
  if (told === undefined) throw new Error('unreachable: it has a cause');
  return told;
}

/** The Event that tells of this end. The run's own failure may be told under the same reason. */
async function eventOf(
  run: TestedRun,
  { attempt, cause, message }: Required<Pick<ExpectedEnding, 'attempt' | 'cause' | 'message'>>,
): Promise<RunEvent> {
  const uid = await run.uid();
  const isOfAttempt = new RegExp(`\\battempt ${attempt}\\b`, 'i');
  let found: RunEvent | undefined;
  await eventually({
    otherwise: `${run.namespace}/${run.name}: no Event ${cause} tells of the end of attempt ${attempt}`,
    everyMillis: 100,
    check: async () => {
      const told = (await listEvents(run)).filter(({ regarding }) => regarding.uid === uid);
      found = told.find(
        ({ reason, note }) => reason === cause && isOfAttempt.test(note) && message.test(note),
      );
      return found === undefined
        ? `there is ${told.map(({ reason, note }) => `${reason} "${note}"`).join(', ')}`
        : undefined;
    },
  });
  if (found === undefined) throw new Error('unreachable: it resolved without an Event');
  return found;
}

/** Waits until the run has this condition, for this reason, and asserts what its message says. */
export async function expectCondition(
  run: TestedRun,
  { type, reason, message }: { readonly type: string; readonly reason: string; readonly message: RegExp },
): Promise<void> {
  const holds = (condition: { type: string; reason: string }): boolean =>
    condition.type === type && condition.reason === reason;
  const status = await run.until(`${type} for ${reason}`, ({ conditions }) => conditions.some(holds));
  expect(status.conditions.find(holds)?.message).toMatch(message);
  expect(status.message).toMatch(message);
}

/** The end.json of the attempt in this pod. @throws when there is none */
export async function endOf(run: TestedRun, pod: Pod): Promise<EndDocument> {
  const key = `attempts/${formatAttemptId({ number: attemptOf(pod), pod: podOf(pod.metadata.uid) })}/end.json`;
  return endDocument.parse(await readText(run, key), key);
}

/** Asserts that the first attempt, in this pod, saved this update as its last, and that the second went on from it to the end. */
export async function expectFlushed(run: TestedRun, first: Pod, update: number): Promise<void> {
  const done = await run.untilPhase('Succeeded');
  expect(await endOf(run, first)).toMatchObject({
    flushed: true,
    podWasEnding: true,
    lastUpdateSeen: update,
    lastUpdateSaved: update,
  });
  expect(done).toMatchObject({ attempt: 2, failures: 0, totals: { disruptions: 1, failures: 0 } });
  expect(entryOf(done, 1)?.savedUpdate).toBe(update);
  expect(entryOf(done, 2)?.resumedFrom).toMatchObject({ attempt: 1, update });
  await expectFinalWeights(run, done);
}
