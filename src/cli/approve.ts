// kubectl reprise approve: agrees to the deletion of what retention condemned in great number, of runs and of what runs that are gone left. Shows
// exactly that set, asks, and annotates the run or the policy; it deletes nothing itself.
import type { Instant } from '../domain/units.ts';
import type { Cluster } from '../ports/cluster.ts';
import { runs as runKind } from '../ports/kinds.ts';
import {
  agree,
  askedDigest,
  type PendingApproval,
  readPending,
  refuseOther,
  refuseStale,
  type RunName,
} from './approval.ts';
import { describeLeft, describeRun, leftFields, type Outcome, runFields } from './approval-report.ts';
import { clusterOptions, findRun, readRun, withCluster } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError, UsageError } from './errors.ts';
import { agreeToLeft, type PendingLeft, readLeft } from './left-approval.ts';
import type { Asking } from './reach.ts';
import { storeOptions } from './store-access.ts';
import { requireWholeRun } from './target.ts';
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
      help: 'all runs that ask and that this policy selects, and what it asks about of runs that are gone, instead of RUN',
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
    const asking = { world, input, cluster };
    const names = await namesOf(input, { cluster, namespace }, signal);
    const runs = await readAll(asking, names, signal);
    const policy = input.text('policy');
    const left = policy === undefined ? undefined : await readLeft(asking, { policy, namespace }, signal);
    const pending = { runs, left };
    if (input.text('output') !== 'json') world.out.write(`${describe(pending, world.clock.now())}\n`);
    const mayAgree = await mayAgreeTo(pending, { world, input }, signal);
    report({ world, input }, pending, mayAgree ? await agreeToAll(cluster, pending, signal) : undefined);
    return 0;
  });
}

interface Pending {
  readonly runs: readonly PendingApproval[];
  readonly left: PendingLeft | undefined;
}

interface Caller {
  readonly world: CliWorld;
  readonly input: CommandInput;
}

const isNothing = ({ runs, left }: Pending): boolean => runs.length === 0 && left === undefined;

async function mayAgreeTo(pending: Pending, { world, input }: Caller, signal: AbortSignal): Promise<boolean> {
  if (isNothing(pending) || input.isSet('dry-run')) return false;
  return input.isSet('yes') || (await isAgreed(world, signal));
}

/** Of which of them that was told now: UIDs of runs, and the name of the policy. */
async function agreeToAll(
  cluster: Cluster,
  { runs, left }: Pending,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const agreed = new Set<string>();
  for (const one of runs) if (await agree(cluster, one, signal)) agreed.add(one.uid);
  if (left !== undefined && (await agreeToLeft(cluster, left, signal))) agreed.add(left.policy);
  return agreed;
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
  const all = await cluster.list(runKind, {}, signal);
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

function describe(pending: Pending, now: Instant): string {
  if (isNothing(pending)) return 'Nothing waits for approval.';
  const { runs, left } = pending;
  const blocks = runs.map((one) => describeRun(one, now));
  return [...blocks, ...(left === undefined ? [] : [describeLeft(left, now)])].join('\n\n');
}

/** `agreed` is undefined where nothing was agreed to. */
function report(
  { world: { out }, input }: Caller,
  pending: Pending,
  agreed: ReadonlySet<string> | undefined,
): void {
  if (input.text('output') === 'json') {
    const { runs, left } = pending;
    const outcome = (name: string): Outcome => ({
      changed: agreed?.has(name) === true,
      approved: agreed !== undefined,
    });
    const fields = [
      ...runs.map((one) => runFields(one, outcome(one.uid))),
      ...(left === undefined ? [] : [leftFields(left, outcome(left.policy))]),
    ];
    out.write(`${JSON.stringify(fields, null, 2)}\n`);
    return;
  }
  if (isNothing(pending)) return;
  const words =
    agreed === undefined
      ? 'Nothing was agreed to: they stay.'
      : 'Agreed: they go once they have been condemned for the grace time.';
  out.write(`${words}\n`);
}
