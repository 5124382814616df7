// Whether anybody acts on a run: what is due, and is still due at a second look a moment later, nobody does. Only reads.
import { decide } from '../domain/run/decide.ts';
import type { RunObservation } from './run-observation.ts';
import type { CliWorld } from './world.ts';

/** The operator acts within a fraction of a second; a busy one, or one that was just started, within this. */
const secondLookMilliseconds = 3000;

/** Why nobody seems to act on the run, a sentence with what to look at; undefined when somebody may well. Looks again only where it must. */
export async function findIdleness(
  { clock }: Pick<CliWorld, 'clock'>,
  {
    observation,
    look,
  }: { readonly observation: RunObservation; readonly look: () => Promise<RunObservation> },
  signal: AbortSignal,
): Promise<string | undefined> {
  const first = dueIn(observation);
  if (first === undefined) return undefined;
  await clock.sleep(secondLookMilliseconds, signal);
  const second = dueIn(await look());
  return second?.what === first.what ? `${second.sentence} ${cure}` : undefined;
}

const cure =
  'Either no operator runs, or what it does fails: see its pod and its log (kubectl get deployments,pods -A | grep reprise).';

interface Due {
  /** The same for the same thing. */
  readonly what: string;
  readonly sentence: string;
}

function dueIn(observation: RunObservation): Due | undefined {
  const { run } = observation;
  const { generation, deletionTimestamp } = run.metadata;
  if (deletionTimestamp !== undefined) return undefined;
  if (run.status === undefined)
    return { what: 'status', sentence: 'Nobody has written a status of this run.' };
  const { observedGeneration } = run.status;
  if (observedGeneration < generation)
    return {
      what: 'generation',
      sentence: `Nobody has taken up the newest spec (generation ${generation}; status speaks of ${observedGeneration}).`,
    };
  return dueAction(observation);
}

/** What is to be done now and was not. A Job that is refused is tried again only now and then. */
function dueAction({ snapshot, isBlind, isBucketUnseen }: RunObservation): Due | undefined {
  if (isBlind || isBucketUnseen) return undefined;
  const { actions, standing } = decide(snapshot);
  if (actions.length === 0 || (standing.is === 'Stalled' && standing.reason === 'JobRefused'))
    return undefined;
  const doing = actions.map((action) => action.do).join(', ');
  return { what: doing, sentence: `Nobody does what is to be done now (${doing}).` };
}
