// What holds of retention beside what runs say, read with the user's rights: the policies, as supposed; for whose capacity something is being
// taken; and how the operator is set, which it tells in the status of each store. Reads only.
import { parsePolicy } from '../api/policy.ts';
import { parseStore } from '../api/store.ts';
import type { Policies } from '../domain/retention/policies.ts';
import { type OperatorFlags, supposedFlags } from '../domain/retention/settings.ts';
import { readPolicies } from '../observation/policy-reading.ts';
import { policies, stores } from '../ports/kinds.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { type Hypothesis, policiesWith } from './hypothesis.ts';
import type { LeftAsked } from './plan-view.ts';
import { type Prices, pricesOf } from './prices.ts';
import type { Asking } from './reach.ts';

export interface Governance {
  readonly policies: Policies;
  /** Policies whose status says that something is being taken for their capacity, by name. */
  readonly evicting: ReadonlySet<string>;
  /** What policies ask a person to agree to of runs that are gone, as their status has it. */
  readonly asking: readonly LeftAsked[];
  readonly operator: OperatorFlags;
  readonly prices: Prices;
}

/** The policies of the cluster and the operator's flags. */
export async function observeGovernance(
  asking: Asking,
  hypothesis: Pick<Hypothesis, 'policies'>,
  signal: AbortSignal,
): Promise<Governance> {
  const { cluster, reach } = asking;
  const question = {
    missing: 'list checkpointretentionpolicies.reprise.dev',
    unjudged: 'what policies add to the rules of the runs',
  };
  const listed = await reach.ask(question, () => cluster.list(policies, {}, signal));
  const objects = listed?.answer ?? [];
  const read = readPolicies(objects);
  const replaced = new Set(hypothesis.policies.map(({ name }) => name));
  const known = {
    ...read,
    understood: policiesWith(read.understood, hypothesis),
    unreadable: read.unreadable.filter(({ name }) => !replaced.has(name)),
  };
  const enforced = read.understood.filter(({ mode, name }) => mode === 'Enforce' && !replaced.has(name));
  const underWay = new Set(objects.filter(isEvicting).map(({ metadata }) => metadata.name));
  return {
    policies: known,
    evicting: new Set(enforced.flatMap(({ name }) => (underWay.has(name) ? [name] : []))),
    asking: objects.flatMap(askedBy),
    ...(await observeStores(asking, signal)),
  };
}

function isEvicting(object: KubeObject): boolean {
  const parsed = parsePolicy(object);
  if ('problems' in parsed) return false;
  const { conditions = [] } = parsed.ok.status ?? {};
  return conditions.some(
    ({ type, reason }) =>
      type === 'CapacitySatisfied' && (reason === 'Evicting' || reason === 'CapacityUnsatisfiable'),
  );
}

function askedBy(object: KubeObject): readonly LeftAsked[] {
  const parsed = parsePolicy(object);
  const asked = 'ok' in parsed ? parsed.ok.status?.orphans?.approval : undefined;
  if (asked === undefined) return [];
  const { checkpoints, digest } = asked;
  return [{ policy: object.metadata.name, checkpoints, digest }];
}

/** Where no store tells how the operator is set, its defaults are taken. */
async function observeStores(
  { cluster, reach }: Asking,
  signal: AbortSignal,
): Promise<Pick<Governance, 'operator' | 'prices'>> {
  const question = {
    missing: 'list checkpointstores.reprise.dev',
    unjudged: 'which grace and which limits of approval the operator was told; its defaults are taken',
  };
  const listed = await reach.ask(question, () => cluster.list(stores, {}, signal));
  const read = (listed?.answer ?? []).flatMap((object) => {
    const parsed = parseStore(object);
    return 'ok' in parsed ? [parsed.ok] : [];
  });
  const told = read.flatMap(({ status }) => status?.retention ?? []);
  return { operator: told[0] ?? supposedFlags, prices: pricesOf(read) };
}
