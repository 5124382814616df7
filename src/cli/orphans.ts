// kubectl reprise orphans: what lies in the stores of runs that are gone, whose it was, since when, and what becomes of it. Reads only.
import { mayGoAt, orphanRuleOf } from '../domain/retention/orphans.ts';
import { selects } from '../domain/retention/policy.ts';
import { binding } from '../domain/retention/settings.ts';
import { planOrphan } from '../domain/retention/run-plan.ts';
import type { StoreQuestion } from '../domain/retention/store-plan.ts';
import { formatBytes } from '../domain/size.ts';
import type { Labels } from '../domain/store/label-selector.ts';
import { formatTime } from '../domain/time.ts';
import type { Bytes, Instant } from '../domain/units.ts';
import { clusterOptions, withCluster } from './cluster-access.ts';
import { formatColumns } from './columns.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { observeGovernance } from './governance-observation.ts';
import type { FoundOrphan } from './orphan-observation.ts';
import { searchOrphans } from './orphan-search.ts';
import { missedWords } from './plan-view.ts';
import { type Asking, Reach } from './reach.ts';
import { storeOptions } from './store-access.ts';
import { formatCount, plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const orphans: Command = {
  name: 'orphans',
  summary: 'show what runs that are gone left in the stores',
  about: `Lists what lies in the stores of runs that there are no more: how much, the labels of the run, since when the store has known that it is gone,
and what the policies make of it. It takes the right to list all runs and namespaces, and credentials that list the bucket. It changes nothing.`,
  arguments: [],
  options: [
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print a JSON array' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: ['orphans', 'orphans -o json'],
  run,
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const { found, gaps } = await withCluster(world, input, async (cluster, namespace) => {
    const asking = { world, input, cluster, reach: new Reach() };
    return { found: await findOrphans(asking, namespace, signal), gaps: asking.reach.gaps };
  });
  const text =
    input.text('output') === 'json' ? JSON.stringify(found.map(reportOf), null, 2) : tableOf(found);
  world.out.write(`${text}\n`);
  for (const { missing, why, unjudged } of gaps)
    world.messages.write(`${plain(`not seen: ${missing}: ${why}; so it cannot be told ${unjudged}`)}.\n`);
  return 0;
}

async function findOrphans(
  asking: Asking,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly SeenOrphan[]> {
  const { policies, operator } = await observeGovernance(asking, { policies: [] }, signal);
  const search = { store: undefined, namespace, policies };
  const { orphans: found, unread, read } = await searchOrphans(asking, search, signal);
  const [first] = unread;
  if (first !== undefined && read === 0) throw first;
  for (const cause of unread)
    asking.reach.note({ missing: 'look into every store', unjudged: 'what lies in the others' }, cause);
  const seen = found.map((orphan) => judged(orphan, { policies: policies.understood, operator }));
  return seen.toSorted((a, b) => b.bytes - a.bytes || (nameOf(a) < nameOf(b) ? -1 : 1));
}

interface SeenOrphan {
  readonly store: string;
  readonly namespace: string;
  readonly run: string;
  readonly objects: number;
  readonly bytes: Bytes;
  /** The labels of the run, as its run.json has them. */
  readonly labels: Labels;
  /** When the store noted that the run is gone; undefined = not yet. */
  readonly goneSince: Instant | undefined;
  /** How many of its checkpoints stay and go now; undefined where no policy is asked. */
  readonly checkpoints: { readonly stay: number; readonly go: number } | undefined;
  /** When the rest may go at the earliest; undefined = not by itself. */
  readonly goesAt: Instant | undefined;
  /** Policies in force whose capacity may take it sooner, by name. */
  readonly capacities: readonly string[];
  /** Why nothing of it goes; undefined where the rules decide. */
  readonly stopped: string | undefined;
  /** What becomes of it without any policy. */
  readonly wish: string | undefined;
}

function judged(
  { store, tally, marker, question }: FoundOrphan,
  rest: Pick<StoreQuestion, 'policies' | 'operator'>,
): SeenOrphan {
  const { namespace, run: name, objects, bytes } = tally;
  const seen = {
    store: store.metadata.name,
    namespace,
    run: name,
    objects,
    bytes,
    labels: marker?.labels ?? {},
    goneSince: marker?.gone?.since,
    checkpoints: undefined,
    goesAt: undefined,
    capacities: [],
    stopped: undefined,
    wish: undefined,
  };
  if ('why' in question)
    return question.isWished ? { ...seen, wish: question.why } : { ...seen, stopped: question.why };
  const { plan } = planOrphan(question, rest);
  if (plan.kind === 'Stopped') return { ...seen, stopped: plan.why };
  const go = plan.rulings.filter(({ verdict }) => verdict === 'Condemned').length;
  const inForce = binding(rest.policies, 'Enforced').filter((policy) => selects(policy, question));
  const goesAt = mayGoAt(question, orphanRuleOf(inForce));
  // what no time takes, no capacity takes either
  const limiting = goesAt === undefined ? [] : inForce.filter(({ capacity }) => capacity !== undefined);
  const capacities = limiting.map((policy) => policy.name);
  return { ...seen, checkpoints: { stay: plan.rulings.length - go, go }, goesAt, capacities };
}

const nameOf = ({ namespace, run: name }: SeenOrphan): string => `${namespace}/${name}`;

function tableOf(found: readonly SeenOrphan[]): string {
  if (found.length === 0) return 'No run that is gone has left anything.';
  const rows = found.map((orphan) => [
    plain(nameOf(orphan)),
    orphan.store,
    formatCount(orphan.objects),
    formatBytes(orphan.bytes),
    orphan.goneSince === undefined ? '-' : formatTime(orphan.goneSince),
    plain(fateOf(orphan)),
  ]);
  const table = formatColumns([
    ['RUN', 'STORE', 'OBJECTS', 'BYTES', 'GONE SINCE', 'WHAT BECOMES OF IT'],
    ...rows,
  ]);
  return found.some(isPromised) ? `${table}\n\n${missedWords}` : table;
}

/** True where it is told when policies take it. */
const isPromised = ({ checkpoints, goesAt }: SeenOrphan): boolean =>
  goesAt !== undefined || (checkpoints?.go ?? 0) > 0;

function fateOf({ checkpoints, goesAt, capacities, stopped, wish }: SeenOrphan): string {
  if (wish !== undefined) return wish;
  if (stopped !== undefined) return `nothing is deleted: ${stopped}`;
  const { stay = 0, go = 0 } = checkpoints ?? {};
  if (go > 0) return `${go} checkpoints go, ${stay} stay`;
  if (goesAt === undefined) return 'stays: no policy takes it';
  const sooner = capacities.map(
    (name) =>
      `, unless the capacity of policy ${name} takes it sooner (kubectl reprise plan --policy ${name})`,
  );
  return `stays at least until ${formatTime(goesAt)}${sooner.join('')}; what is pinned stays`;
}

const reportOf = ({ goneSince, goesAt, checkpoints, stopped, wish, ...orphan }: SeenOrphan): object => ({
  ...orphan,
  goneSince: goneSince === undefined ? null : formatTime(goneSince),
  stay: checkpoints?.stay ?? null,
  go: checkpoints?.go ?? null,
  goesAt: goesAt === undefined ? null : formatTime(goesAt),
  stopped: stopped ?? null,
  wish: wish ?? null,
});
