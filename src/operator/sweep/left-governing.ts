// By which policies what a run left is judged: its labels from its run.json, those of its namespace from there too once the namespace is gone.
import { type Policies, policyStop } from '../../domain/retention/policies.ts';
import { type RetentionPolicy, type Selectable, selects } from '../../domain/retention/policy.ts';
import type { MarkerFacts } from '../../domain/run/facts.ts';
import type { Cache } from '../../ports/cluster.ts';
import type { Namespace } from '../../ports/kube-objects.ts';
import type { PolicyRegistry } from '../policy/policy-registry.ts';

export interface GoverningWorld {
  readonly policies: PolicyRegistry;
  readonly namespaces: Cache<Namespace>;
}

export type LeftGoverned =
  | {
      readonly kind: 'Governed';
      readonly selectable: Selectable;
      readonly reading: Policies;
      /** Those that select it. */
      readonly policies: readonly RetentionPolicy[];
    }
  /** Nobody can say; nothing of it may be deleted. */
  | { readonly kind: 'Unknown'; readonly why: string };

/** The policies that speak of what was left there. */
export function governingLeft(
  world: GoverningWorld,
  namespace: string,
  marker: Pick<MarkerFacts, 'labels' | 'namespaceLabels'>,
): LeftGoverned {
  const there = world.namespaces.get(namespace);
  const namespaceLabels = there === undefined ? marker.namespaceLabels : (there.metadata.labels ?? {});
  if (namespaceLabels === undefined) {
    const why = `the namespace ${namespace} is gone, and run.json does not say which labels it had, so that nobody knows which CheckpointRetentionPolicies select it`;
    return { kind: 'Unknown', why };
  }
  const selectable = { labels: marker.labels ?? {}, namespaceLabels };
  const reading = world.policies.current();
  const why = policyStop(reading, selectable);
  if (why !== undefined || reading.kind === 'Unread') return { kind: 'Unknown', why: why ?? reading.kind };
  const policies = reading.understood.filter((policy) => selects(policy, selectable));
  return { kind: 'Governed', selectable, reading, policies };
}
