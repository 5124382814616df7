// Who may still need what a run left. Asked of the API server, not of a cache, before anything of it goes.
import { labels } from '../../api/names.ts';
import { dependentsOf } from '../../observation/source-reader.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { pods, runs } from '../../ports/kinds.ts';
import type { StoreRun } from '../../domain/store/store-run.ts';

export interface Needed {
  readonly place: StoreRun;
  /** Of the run that is gone. */
  readonly uid: string;
  /** Whether a new run of the name may go on from it. */
  readonly mayGoOn: boolean;
  /** Whether other runs may start from it. */
  readonly mayStart: boolean;
}

/** Who needs it, in words; undefined = nobody does. @throws ClusterError */
export async function whoNeedsIt(
  cluster: Cluster,
  { place, uid, mayGoOn, mayStart }: Needed,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { namespace, run: name } = place;
  const run = await cluster.get(runs, { namespace, name }, signal);
  if (run?.metadata.uid === uid) return 'the run is still there';
  // It would go on from them, and may be waiting for anything before it does.
  if (run !== undefined && mayGoOn) return 'a new run of this name';
  const labelSelector = `${labels.runUid}=${uid}`;
  const [pod] = await cluster.list(pods, { namespace, labelSelector }, signal);
  if (pod !== undefined) return `pod ${pod.metadata.name}`;
  const others = mayStart ? await cluster.list(runs, { namespace }, signal) : [];
  const [dependent] = dependentsOf(others, { namespace, name, uid });
  return dependent === undefined ? undefined : `run ${dependent.run}, which is to start from them`;
}
