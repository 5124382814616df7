// Policies beside a run on its bench, and a run with Steps for them to speak of.
import type { Policies } from '../../src/domain/retention/policies.ts';
import { readPolicies } from '../../src/observation/policy-reading.ts';
import { policies } from '../../src/ports/kinds.ts';
import type { JsonObject } from './object-storage/merge-patch.ts';
import type { RunBench } from './run-bench.ts';

/** `kubectl apply` of a policy that selects every run, unless its spec says otherwise. */
export function applyPolicy(bench: RunBench, name: string, spec: JsonObject): void {
  bench.cluster.storage.create(policies, { metadata: { name }, spec: { selector: {}, ...spec } });
}

/** `kubectl patch` of a policy's spec. */
export function changePolicy(bench: RunBench, name: string, spec: JsonObject): void {
  bench.cluster.storage.patch(policies, { name }, { spec });
}

export function removePolicy(bench: RunBench, name: string): void {
  bench.cluster.storage.delete(policies, { name }, {});
}

/** Has the plan of all runs take this key of the run for the capacity of `voice`, by the policies there are, or by those given. */
export function takeKey(bench: RunBench, key: string, by = policiesNow(bench)): void {
  const taken = { keys: [key], policy: 'voice', by };
  bench.capacityTaken.note(new Map([[bench.run.metadata.uid, taken]]));
}

const policiesNow = ({ cluster }: RunBench): Policies => readPolicies(cluster.storage.list(policies, {}));

/** An operator with this bench's flags trains until Steps 10 to 60 are saved; then the trainer stands still. */
export async function trainTo60(bench: RunBench): Promise<void> {
  bench.restartOperator();
  bench.training.script = { pace: 5, stepEvery: 10, target: 1000, crashes: [] };
  await bench.liveUntil(() => stepsOf(bench).includes(60));
  await bench.passes();
  bench.training.script = { ...bench.training.script, pace: 0 };
}

/** The updates of the Steps in the bucket. */
export const stepsOf = ({ checkpoints }: RunBench): readonly number[] =>
  checkpoints
    .filter((key) => key.includes('/steps/'))
    .map((key) => Number(/model_(\d+)/.exec(key)?.[1]))
    .toSorted((a, b) => a - b);

/** The condition RetentionApplied. */
export const retentionOf = ({ status }: RunBench) =>
  status.conditions.find(({ type }) => type === 'RetentionApplied');
