// kubectl reprise approve: agrees to the deletion of what a run's retention condemned in great number. Shows exactly that set, asks, and
// annotates the run; it deletes nothing itself.
import { formatAttemptId } from '../domain/bucket/keys.ts';
import { formatBytes } from '../domain/size.ts';
import type { Instant } from '../domain/units.ts';
import type { Cluster } from '../ports/cluster.ts';
import { runs } from '../ports/kinds.ts';
import {
  agree,
  askedDigest,
  type PendingApproval,
  readPending,
  refuseOther,
  refuseStale,
  type RunName,
} from './approval.ts';
import { clusterOptions, findRun, readRun, withCluster } from './cluster-access.ts';
import { formatColumns } from './columns.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError, UsageError } from './errors.ts';
import type { Asking } from './reach.ts';
import { storeOptions } from './store-access.ts';
import { requireWholeRun } from './target.ts';
import { formatAge, plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const approve: Command = {
  name: 'approve',
  summary: 'agree to a deletion that retention holds back as too much at once',
  about: `Shows the checkpoints that would go, each with the reasons, asks, and then sets the annotation reprise.dev/approve to the digest
of exactly this set. A set that has changed meanwhile is refused. Nothing goes before the grace time is over.`,
  arguments: [
    { name: 'RUN', help: 'name of a TTSTrainingRun', required: false },
    { name: 'DIGEST', help: 'agree only if this is the set it asks for', required: false },
  ],
  options: [
    {
      name: 'policy',
      value: 'NAME',
      help: 'all runs in all namespaces that ask and that this policy selects, instead of RUN',
    },
    { name: 'yes', short: 'y', help: 'do not ask' },
    { name: 'dry-run', help: 'show the set, and agree to nothing' },
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print one JSON array' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: [
    'approve -n voice xiaoyi-zh',
    'approve -n voice xiaoyi-zh --dry-run -o json',
    'approve --policy team-voice',
  ],
  run,
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  refuseUnanswerable(world, input);
  return withCluster<ExitCode>(world, input, async (cluster, namespace) => {
    const names = await namesOf(input, { cluster, namespace }, signal);
    const pending = await readAll({ world, input, cluster }, names, signal);
    if (input.text('output') !== 'json') world.out.write(`${describe(pending, world.clock.now())}\n`);
    const mayAgree =
      pending.length > 0 &&
      !input.isSet('dry-run') &&
      (input.isSet('yes') || (await isAgreed(world, signal)));
    const agreed = new Set<string>();
    if (mayAgree) for (const one of pending) if (await agree(cluster, one, signal)) agreed.add(one.uid);
    report(world, input, { pending, agreed, mayAgree });
    return 0;
  });
}

/** What they ask for, one after the other. @throws CommandError where another digest was given than that of what is asked for */
async function readAll(
  asking: Omit<Asking, 'reach'>,
  names: readonly RunName[],
  signal: AbortSignal,
): Promise<readonly PendingApproval[]> {
  const [, wanted] = asking.input.arguments;
  const found: PendingApproval[] = [];
  for (const name of names) {
    const pending = await readPending(asking, name, signal);
    if (pending === undefined) continue;
    if (wanted !== undefined) refuseOther(pending, wanted);
    found.push(pending);
  }
  return found;
}

function refuseUnanswerable(world: CliWorld, input: CommandInput): void {
  const [name, digest] = input.arguments;
  const policy = input.text('policy');
  if ((name === undefined) === (policy === undefined))
    throw new UsageError('write the name of one run, or --policy NAME for all that it selects');
  if (policy !== undefined && digest !== undefined)
    throw new UsageError('a DIGEST is of one run: leave --policy out');
  if (input.isSet('yes') || input.isSet('dry-run')) return;
  if (input.text('output') === 'json')
    throw new UsageError('-o json asks nothing: add --yes to agree, or --dry-run to look');
  if (world.confirm === undefined)
    throw new UsageError('there is no terminal to ask on: add --yes to agree, or --dry-run to look');
}

interface Where {
  readonly cluster: Cluster;
  readonly namespace: string;
}

async function namesOf(
  input: CommandInput,
  { cluster, namespace }: Where,
  signal: AbortSignal,
): Promise<readonly RunName[]> {
  const policy = input.text('policy');
  if (policy !== undefined) return selectedBy(cluster, policy, signal);
  const [given = '', digest] = input.arguments;
  const name = requireWholeRun(given);
  const { run: found } = await findRun(cluster, { name, namespace }, signal);
  if (askedDigest(found) !== undefined) return [{ name, namespace }];
  if (digest !== undefined) refuseStale(found, { name, namespace }, digest);
  return [];
}

/** The runs that ask and say that this policy selects them. */
async function selectedBy(
  cluster: Cluster,
  policy: string,
  signal: AbortSignal,
): Promise<readonly RunName[]> {
  const all = await cluster.list(runs, {}, signal);
  return all.flatMap((object) => {
    const { name, namespace = '' } = object.metadata;
    const found = readRun(object, namespace);
    const isOurs = found.status?.retention?.policies?.includes(policy) === true;
    return isOurs && askedDigest(found) !== undefined ? [{ name, namespace }] : [];
  });
}

async function isAgreed({ confirm }: CliWorld, signal: AbortSignal): Promise<boolean> {
  if (confirm === undefined) throw new CommandError('there is no terminal to ask on');
  return confirm('Agree to the deletion of these checkpoints?', signal);
}

function describe(pending: readonly PendingApproval[], now: Instant): string {
  if (pending.length === 0) return 'Nothing waits for approval.';
  return pending
    .map((one) => {
      const { name, namespace, digest, rulings } = one;
      const rows = rulings.map(({ checkpoint: { update, attempt, kind, sizeBytes, savedAt }, reasons }) => [
        `  ${update}`,
        `attempt ${formatAttemptId(attempt)}`,
        kind,
        formatBytes(sizeBytes),
        `saved ${formatAge(savedAt, now)} ago`,
        reasons.join(', '),
      ]);
      const title = `${namespace}/${name}: ${rulings.length} checkpoints, ${formatBytes(bytesOf(rulings))}, digest ${digest}`;
      return `${plain(title)}\n${letThroughWords(one)}${formatColumns(rows.map((row) => row.map(plain)))}`;
    })
    .join('\n\n');
}

/** Nothing where everything waits. */
function letThroughWords({ rulings, waiting, asked }: PendingApproval): string {
  const before = rulings.length - waiting;
  if (before <= 0) return '';
  return `  ${waiting} of them wait for a word (digest ${asked}); ${before} were let through before, and go without\n`;
}

const bytesOf = (rulings: PendingApproval['rulings']): number =>
  rulings.reduce((sum, { checkpoint }) => sum + checkpoint.sizeBytes, 0);

interface Outcome {
  readonly pending: readonly PendingApproval[];
  /** UIDs of the runs that were told. */
  readonly agreed: ReadonlySet<string>;
  readonly mayAgree: boolean;
}

function report({ out }: CliWorld, input: CommandInput, { pending, agreed, mayAgree }: Outcome): void {
  if (input.text('output') === 'json') {
    const fields = pending.map((one) => fieldsOf(one, { changed: agreed.has(one.uid), approved: mayAgree }));
    out.write(`${JSON.stringify(fields, null, 2)}\n`);
    return;
  }
  if (pending.length === 0) return;
  const words = mayAgree
    ? 'Agreed: they go once they have been condemned for the grace time.'
    : 'Nothing was agreed to: they stay.';
  out.write(`${words}\n`);
}

const fieldsOf = (
  { namespace, name, asked, digest, rulings, waiting }: PendingApproval,
  outcome: { readonly changed: boolean; readonly approved: boolean },
): object => ({
  namespace,
  run: name,
  ...outcome,
  digest,
  asked,
  waiting,
  bytes: bytesOf(rulings),
  checkpoints: rulings.map(({ checkpoint: { update, attempt, kind, sizeBytes, key }, reasons }) => ({
    update,
    attempt: attempt.number,
    kind,
    sizeBytes,
    key,
    reasons,
  })),
});
