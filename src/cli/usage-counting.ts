// How much lies in the stores, and whose it is: counted in the buckets where the user's credentials reach, else as the operator counted it
// last, which is then said. Keeps sums alone.
import { parseRun, type TTSTrainingRun } from '../api/run.ts';
import { type CheckpointStore, parseStore } from '../api/store.ts';
import type { StoreTally } from '../domain/store/tally.ts';
import type { Bytes } from '../domain/units.ts';
import { ClusterError } from '../ports/cluster.ts';
import { runs, stores } from '../ports/kinds.ts';
import { ObjectStoreError } from '../ports/objects.ts';
import { CommandError } from './errors.ts';
import type { Asking } from './reach.ts';
import { readStore } from './store-reading.ts';

/** By what it is summed up. */
export type UsageKey =
  | { readonly is: 'Store' | 'Namespace' | 'Run' }
  | { readonly is: 'Label'; readonly label: string };

export interface UsageRow {
  readonly name: string;
  readonly objects: number;
  readonly bytes: Bytes;
  /** In the currency of the stores' pricePerGiBMonth; undefined where one of them has none. */
  readonly costPerMonth: number | undefined;
  /** Where it was counted. */
  readonly source: 'Bucket' | 'Status' | 'Both';
}

/** What one store holds of something. */
interface Share {
  readonly name: string;
  readonly objects: number;
  readonly bytes: Bytes;
}

interface Counted {
  readonly store: CheckpointStore;
  readonly source: 'Bucket' | 'Status';
  readonly shares: readonly Share[];
}

/** Of runs: their labels, and what their status says that they hold. */
interface KnownRun extends Share {
  readonly labels: Readonly<Record<string, string>>;
  readonly store: string | undefined;
}

/** The usage of all stores, the largest first. @throws CommandError, ClusterError when the stores cannot be listed */
export async function countUsage(
  asking: Asking,
  { key, namespace }: { readonly key: UsageKey; readonly namespace: string },
  signal: AbortSignal,
): Promise<readonly UsageRow[]> {
  const listed = await asking.cluster.list(stores, {}, signal);
  const known = key.is === 'Run' || key.is === 'Label' ? await knownRuns(asking, signal) : [];
  const counted: Counted[] = [];
  for (const object of listed) {
    const parsed = parseStore(object);
    const question = {
      missing: `understand the CheckpointStore ${object.metadata.name}`,
      unjudged: 'how much is in it',
    };
    if ('problems' in parsed) asking.reach.note(question, parsed.problems.join('; '));
    else counted.push(...(await countStore(asking, { key, namespace, store: parsed.ok, known }, signal)));
  }
  return sumUp(counted);
}

async function knownRuns({ cluster, reach }: Asking, signal: AbortSignal): Promise<readonly KnownRun[]> {
  const question = { missing: 'list ttstrainingruns.reprise.dev', unjudged: 'which labels the runs have' };
  const listed = await reach.ask(question, () => cluster.list(runs, {}, signal));
  return (listed?.answer ?? []).flatMap((object): readonly KnownRun[] => {
    const parsed = parseRun(object);
    return 'problems' in parsed ? [] : [knownRun(parsed.ok)];
  });
}

function knownRun({ metadata, status, spec }: TTSTrainingRun): KnownRun {
  const { count: objects = 0, bytes = 0 } = status?.checkpoints ?? {};
  return {
    name: `${metadata.namespace}/${metadata.name}`,
    labels: metadata.labels ?? {},
    store: status?.store ?? spec.store,
    objects,
    bytes,
  };
}

interface StoreQuestion {
  readonly key: UsageKey;
  readonly namespace: string;
  readonly store: CheckpointStore;
  readonly known: readonly KnownRun[];
}

/** In the bucket, and as status has it where the bucket is not reached. */
async function countStore(
  asking: Asking,
  question: StoreQuestion,
  signal: AbortSignal,
): Promise<readonly Counted[]> {
  const { store } = question;
  try {
    const { parts, reached } = await readStore(asking, question, signal);
    const counted = parts.map(({ tally }) => ({
      store,
      source: 'Bucket' as const,
      shares: fromTally(tally, question),
    }));
    if (reached === undefined) return counted;
    const told = { store, source: 'Status' as const, shares: fromStatus(question, reached) };
    return question.key.is === 'Store' ? [told] : [...counted, told];
  } catch (cause) {
    if (!isOurs(cause)) throw cause;
    const name = store.metadata.name;
    asking.reach.note(
      {
        missing: `list the bucket of the store ${name}`,
        unjudged: 'what it holds now: it is told as status has it, of runs their checkpoints alone',
      },
      cause,
    );
    return [{ store, source: 'Status', shares: fromStatus(question, new Set()) }];
  }
}

const isOurs = (cause: unknown): boolean =>
  cause instanceof CommandError || cause instanceof ObjectStoreError || cause instanceof ClusterError;

function fromTally(tally: StoreTally, question: StoreQuestion): readonly Share[] {
  const { current, noncurrent, unfinished } = tally;
  const { key, store, known } = question;
  switch (key.is) {
    case 'Store':
      return [
        {
          name: store.metadata.name,
          objects: current.objects + noncurrent.objects + unfinished.objects,
          bytes: current.bytes + noncurrent.bytes + unfinished.bytes,
        },
      ];
    case 'Namespace':
      return [...tally.namespaces].map(([name, { objects, bytes }]) => ({ name, objects, bytes }));
    case 'Run':
      return runShares(tally);
    case 'Label':
      return runShares(tally).map((share) => labelled(share, key.label, known));
  }
}

const runShares = ({ runs: tallied }: Pick<StoreTally, 'runs'>): readonly Share[] =>
  [...tallied].map(([name, { objects, bytes }]) => ({ name, objects, bytes }));

/** Of what lies outside of these namespaces, or, where it is not told apart by them, of everything. */
function fromStatus({ key, store, known }: StoreQuestion, counted: ReadonlySet<string>): readonly Share[] {
  const own = known.filter(
    (run) =>
      run.store === store.metadata.name &&
      run.objects > 0 &&
      !counted.has(run.name.slice(0, run.name.indexOf('/'))),
  );
  switch (key.is) {
    case 'Store':
      return storeShare(store);
    case 'Namespace':
      return (store.status?.usage?.namespaces ?? [])
        .filter(({ namespace }) => !counted.has(namespace))
        .map(({ namespace, objects, bytes }) => ({ name: namespace, objects, bytes }));
    case 'Run':
      return own;
    case 'Label':
      return own.map((share) => labelled(share, key.label, known));
  }
}

function storeShare({ metadata, status }: CheckpointStore): readonly Share[] {
  if (status?.usage === undefined) return [];
  const { objects, noncurrentVersions, unfinishedUploads, totalBytes } = status.usage;
  const all = objects + noncurrentVersions + unfinishedUploads;
  return [{ name: metadata.name, objects: all, bytes: totalBytes }];
}

/** How runs are called that have no such label, or that are gone. */
const withoutLabel = '(none)';

const labelled = (share: Share, label: string, known: readonly KnownRun[]): Share => ({
  ...share,
  name: known.find(({ name }) => name === share.name)?.labels[label] ?? withoutLabel,
});

function sumUp(counted: readonly Counted[]): readonly UsageRow[] {
  const rows = new Map<string, UsageRow>();
  for (const row of counted.flatMap(rowsOf)) {
    const known = rows.get(row.name);
    rows.set(row.name, known === undefined ? row : together(known, row));
  }
  return [...rows.values()].toSorted((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

function rowsOf({ store, source, shares }: Counted): readonly UsageRow[] {
  const price = store.spec.pricePerGiBMonth;
  return shares.map(({ name, objects, bytes }) => {
    const costPerMonth = price === undefined ? undefined : (bytes / 2 ** 30) * Number(price);
    return { name, objects, bytes, costPerMonth, source };
  });
}

const together = (a: UsageRow, b: UsageRow): UsageRow => ({
  name: a.name,
  objects: a.objects + b.objects,
  bytes: a.bytes + b.bytes,
  costPerMonth:
    a.costPerMonth === undefined || b.costPerMonth === undefined
      ? undefined
      : a.costPerMonth + b.costPerMonth,
  source: a.source === b.source ? a.source : 'Both',
});
