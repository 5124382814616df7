// Where a training pod may run, and how long it stays on a node that went away: the run's wishes with ours added.
import type { V1Affinity, V1NodeSelectorTerm, V1Toleration } from '@kubernetes/client-node';
import { gpuProductLabel, gpuResource } from '../api/names.ts';
import type { TTSTrainingRunSpec } from '../api/run-spec.ts';
import type { AsJson } from './manifest.ts';

type Term = AsJson<V1NodeSelectorTerm>;

/** The run's affinity, every alternative of its node affinity narrowed to the GPU products; undefined when it has neither. */
export function buildAffinity(spec: TTSTrainingRunSpec): AsJson<V1Affinity> | undefined {
  const wished = spec.podTemplate.spec.affinity;
  const products = spec.gpuProducts ?? [];
  if (products.length === 0) return wished;
  const product = { key: gpuProductLabel, operator: 'In', values: products };
  const alternatives: readonly Term[] =
    wished?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const narrowed = alternatives.map((term) =>
    // A term without expressions matches no node; with ours in it, it would match some.
    isEmpty(term) ? term : { ...term, matchExpressions: [...(term.matchExpressions ?? []), product] },
  );
  const terms = narrowed.length === 0 ? [{ matchExpressions: [product] }] : narrowed;
  return {
    ...wished,
    nodeAffinity: {
      ...wished?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
    },
  };
}

const isEmpty = (term: Term): boolean =>
  (term.matchExpressions ?? []).length === 0 && (term.matchFields ?? []).length === 0;

const lostNodeTaints = ['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready'];

/** The taint of GPU nodes, a lost node's for as long as the run says, and the run's own tolerations. */
export function buildTolerations(spec: TTSTrainingRunSpec): readonly AsJson<V1Toleration>[] {
  const { nodeLostAfterSeconds } = spec.restart;
  return [
    { key: gpuResource, operator: 'Exists', effect: 'NoSchedule' },
    ...lostNodeTaints.map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: nodeLostAfterSeconds,
    })),
    ...(spec.podTemplate.spec.tolerations ?? []),
  ];
}
