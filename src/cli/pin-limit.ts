// How many pins a run may have: what its spec takes, and what policies that the user may see allow. Reads only.
import type { TTSTrainingRun } from '../api/run.ts';
import { selects } from '../domain/retention/policy.ts';
import { isInForce, type Pin } from '../domain/retention/rules.ts';
import { binding } from '../domain/retention/settings.ts';
import type { Instant } from '../domain/units.ts';
import { readPolicies } from '../observation/policy-reading.ts';
import { runFacts } from '../observation/run-facts.ts';
import { ClusterError } from '../ports/cluster.ts';
import { namespaces, policies } from '../ports/kinds.ts';
import { CommandError } from './errors.ts';
import type { LivingPlace } from './pin-place.ts';

const mostInSpec = 256;

/** @throws CommandError when one more, of this update and attempt, is one too many */
export async function refuseTooMany(
  place: LivingPlace,
  { pin, now }: { readonly pin: Pick<Pin, 'update' | 'attempt'>; readonly now: Instant },
  signal: AbortSignal,
): Promise<void> {
  const { run, name, namespace } = place;
  const others = runFacts(run).spec.pins.filter(
    ({ update, attempt }) => update !== pin.update || attempt !== pin.attempt,
  );
  if (others.length >= mostInSpec)
    throw new CommandError(
      `the run ${namespace}/${name} has ${others.length} pins, and no more fit into spec.pins: unpin some`,
    );
  const limit = await policyLimit(place, signal);
  const inForce = others.filter((one) => isInForce(one, now)).length;
  if (limit !== undefined && inForce >= limit.maxPins)
    throw new CommandError(
      `the run ${namespace}/${name} has ${inForce} pins, and the CheckpointRetentionPolicy ${limit.policy} allows ${limit.maxPins} (maxPinsPerRun): unpin one first`,
    );
}

interface PinLimit {
  readonly policy: string;
  readonly maxPins: number;
}

/** The lowest; undefined when there is none, or the user may not see it. */
async function policyLimit(
  { cluster, run, namespace }: LivingPlace,
  signal: AbortSignal,
): Promise<PinLimit | undefined> {
  try {
    const [all, place] = await Promise.all([
      cluster.list(policies, {}, signal),
      cluster.get(namespaces, { name: namespace }, signal),
    ]);
    return lowest(run, readPolicies(all).understood, place?.metadata.labels ?? {});
  } catch (cause) {
    // The operator tells of it in the run's status; not to see a policy is no reason to refuse.
    if (cause instanceof ClusterError && (cause.code === 'Forbidden' || cause.code === 'NotFound'))
      return undefined;
    throw cause;
  }
}

function lowest(
  run: TTSTrainingRun,
  all: ReturnType<typeof readPolicies>['understood'],
  namespaceLabels: Readonly<Record<string, string>>,
): PinLimit | undefined {
  const selectable = { labels: run.metadata.labels ?? {}, namespaceLabels };
  const limits = binding(all, 'Enforced')
    .filter((policy) => selects(policy, selectable))
    .flatMap(({ name, ceiling }) =>
      ceiling?.maxPins === undefined ? [] : [{ policy: name, maxPins: ceiling.maxPins }],
    );
  return limits.toSorted((a, b) => a.maxPins - b.maxPins)[0];
}
