// The pod of an attempt, as the API server has it.
import { labels } from '../api/names.ts';
import { attemptNumberOf } from '../observation/pod-facts.ts';
import type { Cluster } from '../ports/cluster.ts';
import { pods } from '../ports/kinds.ts';
import type { Pod } from '../ports/kube-objects.ts';
import type { KnownRun } from './cluster-access.ts';

/** The newest pod that was made for this attempt of this very run, or for its newest; undefined when there is none any more, or none yet. */
export async function findPod(
  cluster: Cluster,
  { known: { run, namespace }, attempt }: { readonly known: KnownRun; readonly attempt: number | undefined },
  signal: AbortSignal,
): Promise<Pod | undefined> {
  const labelSelector = `${labels.runUid}=${run.metadata.uid}`;
  const found = await cluster.list(pods, { namespace, labelSelector }, signal);
  return found
    .filter((pod) => attempt === undefined || attemptNumberOf(pod) === attempt)
    .toSorted((a, b) => numberOf(b) - numberOf(a) || (createdAt(a) < createdAt(b) ? 1 : -1))[0];
}

const numberOf = (pod: Pod): number => attemptNumberOf(pod) ?? 0;
const createdAt = ({ metadata }: Pod): string => metadata.creationTimestamp;
