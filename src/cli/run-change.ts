// Changes a run over exactly the version that was read, so that nobody's edit is lost: who came in between is read and asked
// about again, a bounded number of times. Never touches another run of the same name.
import type { TTSTrainingRun } from '../api/run.ts';
import { runNames } from '../api/names.ts';
import { type Cluster, ClusterError } from '../ports/cluster.ts';
import { runs } from '../ports/kinds.ts';
import { findRun, readRun } from './cluster-access.ts';
import { CommandError } from './errors.ts';

const mostTries = 5;

/** What of a run is to be otherwise: a JSON merge patch without its guard. */
export interface RunPatch {
  readonly metadata?: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec?: object;
}

export interface RunChange {
  readonly name: string;
  readonly namespace: string;
  /** Only this very run; undefined = whichever has the name now. */
  readonly uid?: string;
  /** Decides on the run as it is now; undefined = it is as wanted already. May throw to refuse. */
  readonly patchFor: (run: TTSTrainingRun) => RunPatch | undefined;
}

export interface ChangedRun {
  /** As it was when the change was decided. */
  readonly before: TTSTrainingRun;
  readonly after: TTSTrainingRun;
  readonly changed: boolean;
}

/** Makes the change. @throws CommandError, ClusterError, or whatever `patchFor` throws */
export async function changeRun(
  cluster: Cluster,
  change: RunChange,
  signal: AbortSignal,
): Promise<ChangedRun> {
  let first: TTSTrainingRun | undefined;
  let { uid } = change;
  for (let tried = 1; ; tried += 1) {
    const { run } = await findRun(cluster, change, signal);
    first ??= run;
    uid ??= run.metadata.uid;
    if (run.metadata.uid !== uid) throw replaced(change);
    const patch = change.patchFor(run);
    // a try whose answer was lost may have been the one that made it so
    if (patch === undefined) return { before: first, after: run, changed: tried > 1 };
    const outcome = await tryPatch(cluster, { change, run, patch }, signal);
    if (!(outcome instanceof ClusterError)) return { before: run, after: outcome, changed: true };
    if (tried === mostTries) throw unsettled(change, outcome);
  }
}

interface Try {
  readonly change: RunChange;
  readonly run: TTSTrainingRun;
  readonly patch: RunPatch;
}

async function tryPatch(
  cluster: Cluster,
  { change: { name, namespace }, run, patch }: Try,
  signal: AbortSignal,
): Promise<TTSTrainingRun | ClusterError> {
  const { resourceVersion } = run.metadata;
  const guarded = { ...patch, metadata: { ...patch.metadata, resourceVersion } };
  try {
    const patched = await cluster.patch(runs, { name: { name, namespace }, patch: guarded }, signal);
    return readRun(patched, namespace);
  } catch (cause) {
    if (cause instanceof ClusterError && (cause.code === 'Conflict' || cause.code === 'Unavailable'))
      return cause;
    throw cause;
  }
}

const replaced = ({ name, namespace }: RunChange): CommandError =>
  new CommandError(
    `the ${runNames.kind} ${namespace}/${name} was deleted and made anew meanwhile: look at it, and run the command again if it is still meant`,
  );

const unsettled = ({ name, namespace }: RunChange, cause: ClusterError): CommandError =>
  new CommandError(
    `the ${runNames.kind} ${namespace}/${name} could not be changed in ${mostTries} tries: run the command again (${cause.message})`,
    { cause },
  );
