// How much lies in the stores, and whose it is: counted in the buckets where the user's credentials reach, else as the operator counted it
// last, which is then said. Keeps sums alone.
import { parseRun, type TTSTrainingRun } from '../api/run.ts';
import { type CheckpointStore, parseStore } from '../api/store.ts';
import { parseTime } from '../domain/time.ts';
import type { Bytes, Instant } from '../domain/units.ts';
import { ClusterError } from '../ports/cluster.ts';
import { runs, stores } from '../ports/kinds.ts';
import { ObjectStoreError } from '../ports/objects.ts';
import { CommandError } from './errors.ts';
import type { Asking } from './reach.ts';
import { costOf, priceOf, type Prices, pricesOf } from './prices.ts';
import { readStore } from './store-reading.ts';
import {
  fromStatus,
  fromTally,
  type KnownRun,
  labelled,
  type Share,
  type SharesQuestion,
  type UsageKey,
} from './usage-shares.ts';

export interface UsageRow {
  readonly name: string;
  readonly objects: number;
  readonly bytes: Bytes;
  /** In the currency of the stores' pricePerGiBMonth; undefined where one of them has none. */
  readonly costPerMonth: number | undefined;
  /** What retention has deleted so far of the runs that are there, by their status; undefined unless summed up by run or label. */
  readonly reclaimed: Reclaimed | undefined;
  /** Where it was counted. */
  readonly source: 'Bucket' | 'Status' | 'Both';
  /** Of what the status of stores tells: when the oldest of it was swept, as far as they say. */
  readonly sweptAt: Instant | undefined;
}

export interface Reclaimed {
  readonly bytes: Bytes;
  /** What they would cost in a month; undefined where one of the stores has no price. */
  readonly costPerMonth: number | undefined;
}

interface Counted {
  readonly store: CheckpointStore;
  readonly source: 'Bucket' | 'Status';
  readonly shares: readonly Share[];
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
  const understood: CheckpointStore[] = [];
  for (const object of listed) {
    const parsed = parseStore(object);
    const question = {
      missing: `understand the CheckpointStore ${object.metadata.name}`,
      unjudged: 'how much is in it',
    };
    if ('problems' in parsed) {
      asking.reach.note(question, parsed.problems.join('; '));
      continue;
    }
    understood.push(parsed.ok);
    counted.push(...(await countStore(asking, { key, namespace, store: parsed.ok, known }, signal)));
  }
  return withReclaimed(sumUp(counted, key), { key, known, prices: pricesOf(understood) });
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
    reclaimedBytes: status?.totals.reclaimedBytes ?? 0,
  };
}

interface StoreQuestion extends SharesQuestion {
  readonly namespace: string;
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
    // the whole store is told as it was swept, unless it never was
    const isTold = question.key.is === 'Store' && told.shares.length > 0;
    return isTold ? [told] : [...counted, told];
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

function sumUp(counted: readonly Counted[], key: UsageKey): readonly UsageRow[] {
  const rows = new Map<string, UsageRow>();
  for (const row of counted.flatMap((one) => rowsOf(one, key))) {
    const known = rows.get(row.name);
    rows.set(row.name, known === undefined ? row : together(known, row));
  }
  return [...rows.values()].toSorted((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

function rowsOf({ store, source, shares }: Counted, key: UsageKey): readonly UsageRow[] {
  const price = priceOf(store);
  const sweptAt = source === 'Status' ? sweptAtOf(store, key) : undefined;
  return shares.map(({ name, objects, bytes }) => {
    const costPerMonth = costOf(bytes, price);
    return { name, objects, bytes, costPerMonth, reclaimed: undefined, source, sweptAt };
  });
}

/** The status of runs, from which they and labels are told, waits for no sweep. */
function sweptAtOf({ status }: CheckpointStore, key: UsageKey): Instant | undefined {
  const sweptAt = status?.usage?.sweptAt;
  return sweptAt === undefined || key.is === 'Run' || key.is === 'Label' ? undefined : parseTime(sweptAt);
}

const together = (a: UsageRow, b: UsageRow): UsageRow => ({
  name: a.name,
  objects: a.objects + b.objects,
  bytes: a.bytes + b.bytes,
  costPerMonth: bothOf(a.costPerMonth, b.costPerMonth),
  reclaimed: undefined,
  source: a.source === b.source ? a.source : 'Both',
  sweptAt: earlierOf(a.sweptAt, b.sweptAt),
});

const earlierOf = (a: Instant | undefined, b: Instant | undefined): Instant | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

/** Undefined where one of them is. */
const bothOf = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

interface Known {
  readonly key: UsageKey;
  readonly known: readonly KnownRun[];
  readonly prices: Prices;
}

function withReclaimed(rows: readonly UsageRow[], { key, known, prices }: Known): readonly UsageRow[] {
  if (key.is === 'Store' || key.is === 'Namespace') return rows;
  const sums = new Map<string, Reclaimed>();
  for (const run of known) {
    const name = key.is === 'Label' ? labelled(run, key.label, known).name : run.name;
    const { bytes, costPerMonth } = sums.get(name) ?? { bytes: 0, costPerMonth: 0 };
    const cost = costOf(run.reclaimedBytes, prices(run.store));
    sums.set(name, { bytes: bytes + run.reclaimedBytes, costPerMonth: bothOf(costPerMonth, cost) });
  }
  return rows.map((row) => ({ ...row, reclaimed: sums.get(row.name) }));
}
