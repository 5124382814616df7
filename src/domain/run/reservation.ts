// Whose a reserved number is. Only the operator process that reserved it may make its Job, and only while it knows that it has made
// none: a Job that somebody removed leaves no trace, and a number must never be used twice.
import { isOver, stands } from './classification.ts';
import type { Ending } from './ending.ts';
import type { JobFacts, PodFacts, Snapshot } from './facts.ts';
import type { LedgerEntry } from './status.ts';

type Process = Pick<Snapshot, 'operatorId' | 'tried'>;

/**
 * Why the attempt is given up when nothing of it is there; undefined while this process may still make its Job. The API server was
 * asked for that Job, so that a watch that lags behind gives nothing up.
 */
export function giveUpOf(
  { operatorId, tried }: Process,
  { number, reservedBy }: LedgerEntry,
): Ending | undefined {
  if (reservedBy !== operatorId)
    return neverStarted('the operator that reserved its number is not this one, and nothing of it is there');
  if (tried?.number !== number) return undefined;
  return neverStarted(
    tried.unanswered === undefined
      ? 'its Job was made, and removed before anything of it was seen'
      : `the API server did not say whether it made its Job (${tried.unanswered}), and there is none`,
  );
}

const neverStarted = (why: string): Ending => ({
  cause: 'NumberGivenUp',
  message: `it never started: ${why}`,
});

/** What is there of an attempt. */
export interface Remains {
  readonly job: JobFacts | undefined;
  readonly pod: PodFacts | undefined;
}

/** True for an attempt whose number was given up and of which something stands after all: its Job came late. */
export const cameLate = ({ cause }: Pick<LedgerEntry, 'cause'>, { job, pod }: Remains): boolean =>
  cause === 'NumberGivenUp' && (stands(job) || (pod !== undefined && !isOver(pod)));

/** Such an attempt, which was taken for one that had ended. */
export const reopened = (entry: LedgerEntry): LedgerEntry => ({
  ...entry,
  endedAt: undefined,
  message: 'its Job came after its number was given up, and is deleted',
});

/** What is there of attempts that no row of the ledger tells of any more, though newer ones do: given up, and their Jobs came late. */
export function straysOf(
  { jobs, pods }: Pick<Snapshot, 'jobs' | 'pods'>,
  ledger: readonly LedgerEntry[],
): readonly Remains[] {
  const newest = ledger[0]?.number ?? 0;
  const isStray = (number: number): boolean =>
    number < newest && ledger.every((entry) => entry.number !== number);
  const strayJobs = jobs.filter((job) => isStray(job.number) && stands(job));
  const strayPods = pods.filter((pod) => isStray(pod.attempt) && !isOver(pod));
  const ofPods = strayPods.map((pod) => ({ pod, job: jobs.find(({ number }) => number === pod.attempt) }));
  const alone = strayJobs.filter(({ number }) => strayPods.every(({ attempt }) => attempt !== number));
  return [...ofPods, ...alone.map((job) => ({ job, pod: undefined }))];
}
