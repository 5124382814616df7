// What the capacities of policies take of all runs and of what runs that are gone left, as one process could know it when it planned. Where
// it depends on what the process remembers (an eviction that has begun, a run that cannot be counted), every way it may go counts.
import type { RetentionPolicy } from '../../../src/domain/retention/policy.ts';
import { fillSheet } from '../naive-retention.ts';
import { evictNaively, type NaiveLeft, type Page, together } from '../naive-store.ts';
import { verdictOf } from '../naive-verdict.ts';
import type { StoredObject } from '../object-storage/journal.ts';
import { checkpointsIn, heldIn, type LeftMarker, stateOf } from './left-reading.ts';
import { governedBy } from './storm-policies.ts';
import { isContradictory, isSucceeded, type Knowledge, type Look, questionOf } from './storm-question.ts';
import { checkpointNamed } from './told-bucket.ts';

export interface KnownRun {
  readonly uid: string;
  /** `namespace/name` */
  readonly name: string;
  /** What its newest judgement rested on. */
  readonly known: Knowledge;
}

export interface KnownLeft {
  readonly uid: string;
  readonly look: Look;
  readonly marker: LeftMarker;
  readonly missed: number;
  readonly namespaceLabels: Readonly<Record<string, string>>;
}

export interface Plan {
  readonly runs: readonly KnownRun[];
  readonly left: readonly KnownLeft[];
  readonly policies: readonly StoredObject[];
  /** The policies of which nothing can be said, as runs that they select are not known. */
  readonly uncounted: ReadonlySet<string>;
}

/** By UID: the names of tales of what goes of a run, the keys of what goes of one that is gone. */
export type Taken = ReadonlyMap<string, ReadonlySet<string>>;

/** All that may be taken. */
export function takenBy(plan: Plan): Taken {
  const limiting = capacitiesOf(plan);
  const ways = limiting.reduce<readonly (readonly Way[])[]>(
    (before, policy) =>
      before.flatMap((way) => waysOf(plan, policy).map((one) => (one === undefined ? way : [...way, one]))),
    [[]],
  );
  const all = new Map<string, Set<string>>();
  for (const way of ways) for (const [uid, names] of walk(plan, way)) add(all, uid, names);
  return all;
}

interface Way {
  readonly policy: RetentionPolicy;
  readonly isUnderWay: boolean;
}

const capacitiesOf = ({ runs, left, policies }: Plan): readonly RetentionPolicy[] => {
  const governed = [
    ...runs.map(({ known }) => labelsOf(known)),
    ...left.map(({ marker, namespaceLabels }) => ({ run: marker.labels ?? {}, namespace: namespaceLabels })),
  ].flatMap((labels) => governedBy(understood(policies), labels)?.acting ?? []);
  const byName = new Map(governed.map((policy) => [policy.name, policy]));
  return [...byName.values()]
    .filter(({ capacity }) => capacity !== undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
};

/** Not at all, where a run may not be countable for reasons of its own; from the high share, or from the low one once begun. */
const waysOf = ({ uncounted }: Plan, policy: RetentionPolicy): readonly (Way | undefined)[] =>
  uncounted.has(policy.name)
    ? [undefined]
    : [undefined, { policy, isUnderWay: false }, { policy, isUnderWay: true }];

const understood = (policies: readonly StoredObject[]): readonly StoredObject[] =>
  policies.filter(({ spec }) => !('shield' in (spec as object)));

const labelsOf = ({ run, namespaceLabels }: Knowledge) => ({
  run: run.metadata.labels ?? {},
  namespace: namespaceLabels,
});

function walk(plan: Plan, way: readonly Way[]): Taken {
  const pages = plan.runs.map((run) => pageOf(run, plan.policies));
  const taken = new Map<string, Set<string>>();
  const left = plan.left.map((one) => leftOf(one, plan.policies, (keys) => add(taken, one.uid, keys)));
  for (const { policy, isUnderWay } of way) {
    const isOurs = ({ policies }: { readonly policies: readonly RetentionPolicy[] }): boolean =>
      policies.some(({ name }) => name === policy.name);
    evictNaively(policy, { pages: pages.filter(isOurs), left: left.filter(isOurs), isUnderWay });
  }
  pages.forEach(({ sheet }, at) => {
    const goes = [...(sheet?.reasons ?? [])].filter(
      ([, reasons]) => reasons.includes('Capacity') && verdictOf(reasons) === 'Condemned',
    );
    add(taken, plan.runs[at]?.uid ?? '', new Set(goes.map(([name]) => name)));
  });
  return taken;
}

function add(all: Map<string, Set<string>>, uid: string, some: Iterable<string>): void {
  all.set(uid, new Set([...(all.get(uid) ?? []), ...some]));
}

function pageOf({ known, name }: KnownRun, policies: readonly StoredObject[]): Page {
  const all = governedBy(policies, labelsOf(known));
  const { acting, protecting } = all ?? governedBy(understood(policies), labelsOf(known)) ?? nobody;
  const question = questionOf(known);
  const phase = phaseOf(known);
  const { objects, prefix } = known.look;
  const bytes = objects
    .filter(({ key }) => checkpointNamed(key.slice(prefix.length)) !== undefined)
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const told = question ?? { tales: [], rules: undefined, starting: false, pins: [], wanted: [] };
  const run = { name, team: '', phase, question: told };
  const isStopped = all === undefined || question === undefined || isContradictory(all);
  const sheet = isStopped ? undefined : fillSheet(together(run, acting, protecting));
  return { run, policies: acting, sheet, bytes };
}

const nobody = { acting: [], protecting: [] };

const phaseOf = ({ run }: Knowledge): 'Failed' | 'Succeeded' | 'Running' => {
  const { phase } = (run['status'] ?? {}) as { readonly phase?: string };
  if (isSucceeded(run)) return 'Succeeded';
  return phase === 'Failed' ? 'Failed' : 'Running';
};

function leftOf(
  { look, marker, missed, namespaceLabels }: KnownLeft,
  policies: readonly StoredObject[],
  take: (keys: readonly string[]) => void,
): NaiveLeft {
  const labels = { run: marker.labels ?? {}, namespace: namespaceLabels };
  const { acting } = governedBy(policies, labels) ?? nobody;
  // Of a listing alone nobody knows when a pin ends.
  const held = heldIn({ ...look, storeTime: undefined });
  const some = checkpointsIn(look);
  const stay = some.filter(({ name }) => held.has(name));
  const sum = (of: typeof some): number => of.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
  const state = stateOf({ look, marker, missed }, acting);
  return {
    policies: acting,
    goneSince: Date.parse(marker.gone?.since ?? ''),
    prefix: look.prefix,
    bytes: state === 'over' ? sum(stay) : sum(some),
    heldBytes: sum(stay),
    mayGo: state === 'young',
    take: () => take(some.filter(({ name }) => !held.has(name)).map(({ key }) => key)),
  };
}
