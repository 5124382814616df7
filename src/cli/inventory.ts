// kubectl reprise inventory: what a store holds of every run, with all that retention rests on, as a file that plan --inventory reads. From
// the cluster and the bucket, with the user's rights. Reads only.
import { inventoryOrphan, inventoryRun } from '../observation/inventory-record.ts';
import { isDefaultStore } from '../observation/store-facts.ts';
import { policies, stores } from '../ports/kinds.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { clusterOptions, withCluster } from './cluster-access.ts';
import { askAll } from './cluster-plan.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError } from './errors.ts';
import { type Governance, observeGovernance } from './governance-observation.ts';
import { observeOrphans } from './orphan-search.ts';
import { type Candidate, observeCandidates } from './plan-observation.ts';
import { type Asking, Reach } from './reach.ts';
import { storeOptions } from './store-access.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const inventory: Command = {
  name: 'inventory',
  summary: 'write down what a store holds, to plan with',
  about: `Prints every run that uses the store with its attempts and checkpoints, its rules and pins, and the policies, as a JSON object: what
plan --inventory reads, so that retention can be planned elsewhere, under other rules and at another time; also what runs that are gone left.
It changes nothing.`,
  arguments: [{ name: 'STORE', help: 'name of a CheckpointStore', required: true }],
  options: [
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'the only format there is' },
    ...clusterOptions.filter(({ name }) => name !== 'namespace'),
    ...storeOptions,
  ],
  examples: ['inventory main -o json'],
  run,
};

const nothingSupposed = { rules: undefined, policies: [], at: undefined };

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const [name = ''] = input.arguments;
  const { written, gaps } = await withCluster(world, asClusterInput(input), async (cluster, namespace) => {
    const asking = { world, input, cluster, reach: new Reach() };
    const written = await writeDown(asking, { name, namespace }, signal);
    return { written, gaps: asking.reach.gaps };
  });
  world.out.write(`${JSON.stringify(written, null, 2)}\n`);
  for (const { missing, why, unjudged } of gaps)
    world.messages.write(`${plain(`not seen: ${missing}: ${why}; so it cannot be told ${unjudged}`)}.\n`);
  return 0;
}

/** A store has no namespace: every run of the cluster is asked for. */
const asClusterInput = (input: CommandInput): CommandInput => ({
  ...input,
  text: (name) => (name === 'namespace' ? undefined : input.text(name)),
});

async function writeDown(
  asking: Asking,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<object> {
  const store = await asking.cluster.get(stores, { name }, signal);
  if (store === undefined)
    throw new CommandError(`there is no CheckpointStore "${name}": kubectl get cks lists them`);
  const all = await observeCandidates(asking, undefined, signal);
  if (all === undefined)
    throw new CommandError(
      'you may not list the TTSTrainingRuns of every namespace, so that nobody can say which of them use the store: ask for that right',
    );
  const governance = await observeGovernance(asking, nothingSupposed, signal);
  const question = { planned: usersOf(store, all.candidates), others: all.objects };
  const runs = await askAll(asking, { ...question, ...governance, hypothesis: nothingSupposed }, signal);
  const { operator, evicting } = governance;
  const asked = new Set(question.planned.map(keyOf));
  const search = { store: name, namespace, policies: governance.policies, asked };
  const orphans = await observeOrphans(asking, search, signal);
  const written = await writtenPolicies(asking, governance, signal);
  return {
    runs: [...runs.map(inventoryRun), ...orphans.map((orphan) => inventoryOrphan(orphan.question))],
    ...(written.length === 0 ? {} : { policies: written }),
    ...(operator.isSupposed === true ? {} : { operator }),
    ...(evicting.size === 0 ? {} : { evicting: [...evicting] }),
    ...pricedBy(governance.prices(name)),
  };
}

const pricedBy = (price: number | undefined): object =>
  price === undefined ? {} : { pricePerGiBMonth: price };

async function writtenPolicies(
  { cluster }: Asking,
  { policies: { understood } }: Governance,
  signal: AbortSignal,
): Promise<readonly object[]> {
  const names = new Set(understood.map((policy) => policy.name));
  const listed = names.size === 0 ? [] : await cluster.list(policies, {}, signal);
  return listed.filter(({ metadata }) => names.has(metadata.name)).map(writtenPolicy);
}

const usersOf = (store: KubeObject, candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates
    .filter(({ facts: { spec, status } }) => {
      const used = status?.store ?? spec.store;
      return used === undefined ? isDefaultStore(store) : used === store.metadata.name;
    })
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

const keyOf = ({ facts }: Candidate): string => `${facts.namespace}/${facts.name}`;

const writtenPolicy = (object: KubeObject): object => ({
  name: object.metadata.name,
  spec: 'spec' in object ? object.spec : undefined,
});
