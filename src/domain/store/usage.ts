// How much a store holds, as its status tells it, and what that costs.
import { fingerprintOf } from '../fingerprint.ts';
import { formatTime, parseTime } from '../time.ts';
import type { Bytes, Instant, Seconds } from '../units.ts';
import { monthlyCost } from './monthly-cost.ts';
import type { RunTally, StoreTally } from './tally.ts';

export interface NamespaceUsage {
  readonly namespace: string;
  readonly objects: number;
  readonly bytes: Bytes;
}

export interface StoreUsage {
  readonly objects: number;
  readonly bytes: Bytes;
  readonly noncurrentVersions: number;
  readonly noncurrentBytes: Bytes;
  readonly unfinishedUploads: number;
  readonly unfinishedBytes: Bytes;
  readonly unknownObjects: number;
  readonly unknownBytes: Bytes;
  /** Of objects, old versions and unfinished uploads. */
  readonly totalBytes: Bytes;
  /** Of runs that are no more; absent when that could not be told. */
  readonly orphanedRuns?: number;
  readonly orphanedBytes?: Bytes;
  /** Of these, what no run.json of this cluster claims, which nothing ever deletes. */
  readonly unclaimedRuns?: number;
  readonly unclaimedBytes?: Bytes;
  /** The largest first. */
  readonly namespaces: readonly NamespaceUsage[];
}

/** Of so many namespaces the usage is told one by one. */
export const mostNamespacesTold = 20;

/**
 * The usage that was counted. `existing` are the runs there are, as `namespace/name`; undefined when that cannot be told. `isClaimed` says
 * whether the run.json of a place is this cluster's.
 */
export function usageOf(
  tally: StoreTally,
  existing: ReadonlySet<string> | undefined,
  isClaimed: (run: RunTally) => boolean = () => true,
): StoreUsage {
  const { current, noncurrent, unfinished, unknown } = tally;
  return {
    objects: current.objects,
    bytes: current.bytes,
    noncurrentVersions: noncurrent.objects,
    noncurrentBytes: noncurrent.bytes,
    unfinishedUploads: unfinished.objects,
    unfinishedBytes: unfinished.bytes,
    unknownObjects: unknown.objects,
    unknownBytes: unknown.bytes,
    totalBytes: current.bytes + noncurrent.bytes + unfinished.bytes,
    ...(existing === undefined ? {} : orphansIn(tally, existing, isClaimed)),
    namespaces: largestNamespaces(tally),
  };
}

function orphansIn(
  { runs }: StoreTally,
  existing: ReadonlySet<string>,
  isClaimed: (run: RunTally) => boolean,
): Partial<StoreUsage> {
  const orphans = [...runs].flatMap(([name, run]) => (existing.has(name) ? [] : [run]));
  const unclaimed = orphans.filter((run) => !isClaimed(run));
  return {
    orphanedRuns: orphans.length,
    orphanedBytes: bytesOf(orphans),
    ...(unclaimed.length === 0
      ? {}
      : { unclaimedRuns: unclaimed.length, unclaimedBytes: bytesOf(unclaimed) }),
  };
}

const bytesOf = (runs: readonly RunTally[]): Bytes => runs.reduce((sum, { bytes }) => sum + bytes, 0);

const largestNamespaces = ({ namespaces }: StoreTally): readonly NamespaceUsage[] =>
  [...namespaces]
    .map(([namespace, { objects, bytes }]) => ({ namespace, objects, bytes }))
    .toSorted((a, b) => b.bytes - a.bytes || (a.namespace < b.namespace ? -1 : 1))
    .slice(0, mostNamespacesTold);

/** What a sweep counted, and when. */
export interface SweptUsage {
  readonly usage: StoreUsage;
  readonly sweptAt: Instant;
}

export interface ToldUsage extends StoreUsage {
  /** When it was first counted so. */
  readonly countedAt: string;
  /** A sweep since which it holds: the last one, or one less than {@link sweptEverySeconds} before it. */
  readonly sweptAt?: string;
  readonly costPerMonth?: string;
}

/** Sweeps that find the same are written down so seldom, lest every pass over a store where nothing happens writes to the API server. */
export const sweptEverySeconds: Seconds = 3600;

export interface Told {
  readonly usage: StoreUsage;
  /** When a sweep last counted it; undefined where none has since the operator started. */
  readonly sweptAt: Instant | undefined;
  readonly previous: ToldUsage | undefined;
  /** Decimal, as the spec has it. */
  readonly pricePerGiBMonth: string | undefined;
  readonly now: Instant;
}

/** The usage for status: the same counted again changes nothing, but from time to time when it was swept. */
export function tellUsage({ usage, previous, pricePerGiBMonth, now, sweptAt }: Told): ToldUsage {
  const { costPerMonth: _cost, countedAt: _since, ...rest }: Partial<ToldUsage> & StoreUsage = usage;
  const { sweptAt: _swept, ...counted } = rest;
  const cost = pricePerGiBMonth === undefined ? {} : { costPerMonth: costOf(usage, pricePerGiBMonth) };
  const told = { ...counted, ...cost };
  const { sweptAt: before, ...known } = previous ?? {};
  const since = previous?.countedAt ?? '';
  const isSame = fingerprintOf(known) === fingerprintOf({ ...told, countedAt: since });
  const swept = isSame ? laterSweep(before, sweptAt) : (formatted(sweptAt) ?? before);
  return {
    ...told,
    countedAt: isSame ? since : formatTime(now),
    ...(swept === undefined ? {} : { sweptAt: swept }),
  };
}

function laterSweep(before: string | undefined, at: Instant | undefined): string | undefined {
  const known = before === undefined ? undefined : parseTime(before);
  const isDue = known === undefined || (at !== undefined && at - known >= sweptEverySeconds * 1000);
  return isDue ? (formatted(at) ?? before) : before;
}

const formatted = (at: Instant | undefined): string | undefined =>
  at === undefined ? undefined : formatTime(at);

const costOf = ({ totalBytes }: StoreUsage, pricePerGiBMonth: string): string =>
  monthlyCost(totalBytes, Number(pricePerGiBMonth)).toFixed(2);
