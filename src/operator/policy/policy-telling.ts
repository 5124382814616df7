// Writes what each policy comes to into its status, once a pass and only when it says something new, and tells in Events what a person should
// hear of.
import { apiVersion, policyNames } from '../../api/names.ts';
import { parsePolicy } from '../../api/policy.ts';
import { policyEvents } from '../../domain/retention/policy-events.ts';
import { notUnderstood } from '../../domain/retention/policy-conditions.ts';
import { isSamePolicyStatus, reportPolicy } from '../../domain/retention/policy-report.ts';
import type { PolicyStatus } from '../../domain/retention/policy-status.ts';
import { formatTime } from '../../domain/time.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { coreEvents, policies as policyKind } from '../../ports/kinds.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import { eventManifest } from '../engine/event-manifest.ts';
import { findingsOf } from './policy-counting.ts';
import type { Planned } from './policy-plan.ts';
import type { PolicyWorld } from './policy-world.ts';

export interface Telling {
  readonly planned: Planned;
  /** Of what waits of runs that are gone, by the name of the policy under which it does. */
  readonly digests: ReadonlyMap<string, string>;
}

export class PolicyTelling {
  readonly #world: PolicyWorld;
  /** What was written last of policies that cannot be read, by UID. */
  readonly #written = new Map<string, PolicyStatus>();

  constructor(world: PolicyWorld) {
    this.#world = world;
  }

  /** Tells of every policy. @throws ClusterError when a status cannot be written */
  async tell(telling: Telling, signal: AbortSignal): Promise<void> {
    for (const object of this.#world.policyObjects.values()) {
      const status = this.#statusOf(object, telling);
      const before = this.#before(object);
      if (status === undefined || isSamePolicyStatus(before, status)) continue;
      await this.#write(object, status, signal);
      await this.#tellEvents(object, { before, status }, signal);
    }
  }

  #before(object: KubeObject): PolicyStatus | undefined {
    const parsed = parsePolicy(object);
    return 'ok' in parsed ? parsed.ok.status : this.#written.get(object.metadata.uid);
  }

  /** Undefined = the plan did not know it yet. */
  #statusOf(object: KubeObject, { planned, digests }: Telling): PolicyStatus | undefined {
    const { name, generation = 0 } = object.metadata;
    const previous = this.#before(object);
    const unreadable = planned.reading.unreadable.find((one) => one.name === name);
    if (unreadable !== undefined) return this.#invalid(generation, { previous, why: unreadable.why });
    const policy = planned.reading.understood.find((one) => one.name === name);
    if (policy === undefined) return undefined;
    const findings = findingsOf(this.#world, { planned, policy, orphansDigest: digests.get(name) });
    return reportPolicy({ ...findings, generation, previous, now: this.#world.clock.now() });
  }

  #invalid(
    generation: number,
    { previous, why }: { readonly previous: PolicyStatus | undefined; readonly why: string },
  ): PolicyStatus {
    const before = previous?.conditions.find(({ type }) => type === 'Ready');
    const now = formatTime(this.#world.clock.now());
    const since = before?.status === 'False' ? before.lastTransitionTime : now;
    const ready = { ...notUnderstood(why), observedGeneration: generation, lastTransitionTime: since };
    return { observedGeneration: generation, conditions: [ready] };
  }

  async #write(object: KubeObject, status: PolicyStatus, signal: AbortSignal): Promise<void> {
    const { name, uid, resourceVersion } = object.metadata;
    await this.#world.cluster.applyStatus(
      policyKind,
      { name: { name }, uid, resourceVersion, status },
      signal,
    );
    this.#written.set(uid, status);
  }

  /** Events are a courtesy: one that cannot be written is logged, not retried. */
  async #tellEvents(
    { metadata: { name, uid } }: KubeObject,
    { before, status }: { readonly before: PolicyStatus | undefined; readonly status: PolicyStatus },
    signal: AbortSignal,
  ): Promise<void> {
    const regarding = { apiVersion, kind: policyNames.kind, name, uid };
    for (const told of policyEvents(before, status)) {
      const manifest = eventManifest({ regarding, ...told, action: 'Plan' }, this.#world.clock.now());
      try {
        await this.#world.cluster.create(coreEvents, manifest, signal);
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof ClusterError && cause.code === 'AlreadyExists') continue;
        this.#world.log.warn(
          { policy: name, reason: told.reason, err: cause },
          'an Event could not be written',
        );
      }
    }
  }
}
