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

type FailureRule = NonNullable<FullJob['spec']['podFailurePolicy']>['rules'][number];

/** The reason and message of Failed, worded as the Job controller words them. */
function failureOf({ spec }: FullJob, pod: Pod): { readonly reason: string; readonly message: string } {
  const name = cacheKey(pod.metadata);
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const rest = `matching ${rule.action} rule at index ${index}`;
    const condition = conditionThatMatches(rule, pod);
    if (condition !== undefined) return policy(`Pod ${name} has condition ${condition} ${rest}`);
    const exit = exitThatMatches(rule, pod);
    if (exit !== undefined)
      return policy(`Container ${exit.container} for pod ${name} failed with exit code ${exit.code} ${rest}`);
  }
  return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
}

function conditionThatMatches({ onPodConditions = [] }: FailureRule, { status }: Pod): string | undefined {
  const held = (status?.conditions ?? []).filter((condition) => condition.status === 'True');
  return onPodConditions.find(({ type }) => held.some((condition) => condition.type === type))?.type;
}

function exitThatMatches(
  { onExitCodes }: FailureRule,
  pod: Pod,
): { readonly container: string; readonly code: number } | undefined {
  if (onExitCodes === undefined) return undefined;
  const { containerName = '', operator, values } = onExitCodes;
  const code = exitCodeOf(pod, containerName);
  const matches = code !== 0 && values.includes(code) === (operator === 'In');
  return matches ? { container: containerName, code } : undefined;
}

function exitCodeOf({ status }: Pod, container: string): number {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return statuses.find(({ name }) => name === container)?.state?.terminated?.exitCode ?? 0;
}

const policy = (message: string) => ({ reason: 'PodFailurePolicy', message });
