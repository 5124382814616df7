// The Job controller of a fake cluster: one pod for a Job that has none, and the Job's end from its pod's, by its podFailurePolicy.
import { cacheKey } from '../../src/ports/cluster.ts';
import { jobs, pods } from '../../src/ports/kinds.ts';
import type { Condition, Job, Pod } from '../../src/ports/kube-objects.ts';
import type { AttemptJob } from '../../src/workload/attempt-job.ts';
import type { FakeCluster } from './fake-cluster.ts';

type FullJob = Job & { readonly spec: AttemptJob['spec'] };

export class FakeJobs {
  readonly #cluster: FakeCluster;

  constructor(cluster: FakeCluster) {
    this.#cluster = cluster;
  }

  all(): readonly FullJob[] {
    return this.#cluster.storage.list(jobs, {}) as unknown as readonly FullJob[];
  }

  /** Makes the pods that are missing and ends the Jobs whose pods have ended. */
  step(): void {
    for (const job of this.all()) {
      const isFinished = (job.status?.conditions ?? []).some(
        ({ type }) => type === 'Failed' || type === 'Complete',
      );
      if (isFinished || job.metadata.deletionTimestamp !== undefined) continue;
      const [pod] = this.#podsOf(job);
      if (pod === undefined) this.#makePod(job);
      else this.#settle(job, pod);
    }
  }

  #podsOf(job: FullJob): readonly Pod[] {
    const owned = (pod: Pod): boolean =>
      (pod.metadata.ownerReferences ?? []).some(({ uid }) => uid === job.metadata.uid);
    return (this.#cluster.storage.list(pods, {}) as readonly Pod[]).filter(owned);
  }

  #makePod({ metadata, spec }: FullJob): void {
    const { name, namespace, uid } = metadata;
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true };
    this.#cluster.storage.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...spec.template.metadata, name: `${name}-abcde`, namespace, ownerReferences: [owner] },
      spec: spec.template.spec,
    });
  }

  #settle(job: FullJob, pod: Pod): void {
    const phase = pod.status?.phase;
    if (phase !== 'Succeeded' && phase !== 'Failed') return;
    const end: Condition =
      phase === 'Succeeded'
        ? { type: 'Complete', status: 'True' }
        : { type: 'Failed', status: 'True', ...failureOf(job, pod) };
    this.#cluster.storage.putStatus(jobs, job.metadata, { status: { conditions: [end] } });
  }
}

/** The reason and message of Failed, worded as the Job controller words them. */
function failureOf({ spec }: FullJob, pod: Pod): { readonly reason: string; readonly message: string } {
  const name = cacheKey(pod.metadata);
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const rest = `matching ${rule.action} rule at index ${index}`;
    const condition = rule.onPodConditions?.find(({ type }) =>
      (pod.status?.conditions ?? []).some((held) => held.type === type && held.status === 'True'),
    );
    if (condition !== undefined) return policy(`Pod ${name} has condition ${condition.type} ${rest}`);
    const { containerName, operator, values = [] } = rule.onExitCodes ?? {};
    const exitCode =
      statuses.find((status) => status.name === containerName)?.state?.terminated?.exitCode ?? 0;
    if (exitCode !== 0 && values.includes(exitCode) === (operator === 'In'))
      return policy(`Container ${containerName} for pod ${name} failed with exit code ${exitCode} ${rest}`);
  }
  return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
}

const policy = (message: string) => ({ reason: 'PodFailurePolicy', message });
