// Retention of a whole store: every run under its policies, the policies' capacities over all their runs, and what is left of runs
// that are gone. Also of one run alone, as between two passes over the store. What Audit policies would do is planned beside it.
import { type CapacityReport, evictForCapacity } from './capacity.ts';
import { type Draft, draftRetention, type RetentionQuestion, type Stopped } from './draft.ts';
import { draftOrphan, type OrphanDraft, type OrphanQuestion, orphanRuleOf } from './orphans.ts';
import { finishPlan, type RetentionPlan, type Ruling, rulingsOf } from './plan.ts';
import { type RetentionPolicy, type RunName, type Selectable, selects } from './policy.ts';
import type { RetentionRules } from './rules.ts';
import { binding, type OperatorFlags, type Scope, settle, type Settings } from './settings.ts';
import type { SavedCheckpoint } from './standing.ts';

/** A run of the store, as its own plan and the policies see it. */
export interface RunQuestion<C extends SavedCheckpoint = SavedCheckpoint>
  extends Omit<RetentionQuestion<C>, 'rules' | 'floor' | 'ceiling' | 'succeeded'>, Selectable {
  readonly name: RunName;
  /** status.phase */
  readonly phase: string;
  /** spec.retention; undefined = it declares nothing. */
  readonly declared: RetentionRules | undefined;
  /** Why nothing of it may be deleted, as far as the one who looked knows: it cannot be read, its layout is newer. */
  readonly stopped?: string | undefined;
}

export interface StoreQuestion<C extends SavedCheckpoint = SavedCheckpoint> {
  readonly runs: readonly RunQuestion<C>[];
  readonly policies: readonly RetentionPolicy[];
  readonly orphans: readonly OrphanQuestion<C>[];
  readonly operator: OperatorFlags;
  /** Policies whose capacity nobody can judge now, by name: nothing is taken for it. */
  readonly uncounted?: ReadonlySet<string>;
  /** Policies for whose capacity an eviction has begun, by name: it goes on down to the low share. */
  readonly evicting?: ReadonlySet<string>;
}

export interface PlannedRun<C extends SavedCheckpoint = SavedCheckpoint> {
  readonly name: RunName;
  /** What holds for it and who says so; undefined when policies contradict each other. */
  readonly settings: Settings | undefined;
  readonly plan: RetentionPlan<C>;
  /** Why nobody can say what the Audit policies would do. */
  readonly auditStopped?: string;
}

export interface PlannedOrphan<C extends SavedCheckpoint = SavedCheckpoint> {
  readonly name: RunName;
  readonly prefix: string;
  readonly plan: { readonly kind: 'Planned'; readonly rulings: readonly Ruling<C>[] } | Stopped;
  readonly auditStopped?: string;
}

export interface StorePlan<C extends SavedCheckpoint = SavedCheckpoint> {
  /** In the order of the question. */
  readonly runs: readonly PlannedRun<C>[];
  readonly orphans: readonly PlannedOrphan<C>[];
  /** Of the policies that are enforced. */
  readonly capacities: readonly CapacityReport[];
  /** Of all policies, as if those that are audited were enforced; undefined when none is audited. */
  readonly auditedCapacities?: readonly CapacityReport[];
}

/** The rulings on every checkpoint of the store. */
export function planStore<C extends SavedCheckpoint>(question: StoreQuestion<C>): StorePlan<C> {
  const enforced = planScope(question, 'Enforced');
  if (!question.policies.some(({ mode }) => mode === 'Audit')) return enforced;
  const audited = planScope(question, 'Audited');
  return {
    runs: enforced.runs.map((run, at) => withAudit(run, audited.runs[at] ?? run)),
    orphans: enforced.orphans.map((orphan, at) => withAudit(orphan, audited.orphans[at] ?? orphan)),
    capacities: enforced.capacities,
    auditedCapacities: audited.capacities,
  };
}

/** The rulings on one run alone. What capacity took of it at the last look at the store stands in the question (`evicted`). */
export function planRun<C extends SavedCheckpoint>(
  run: RunQuestion<C>,
  rest: Pick<StoreQuestion, 'policies' | 'operator'>,
): PlannedRun<C> {
  const policies = rest.policies.filter((policy) => selects(policy, run));
  const enforced = finish(govern(run, { ...rest, policies }, 'Enforced'));
  if (!policies.some(({ mode }) => mode === 'Audit')) return enforced;
  return withAudit(enforced, finish(govern(run, { ...rest, policies }, 'Audited')));
}

/** The rulings on what one run left, and what holds for it. What capacity took of it stands in the question (`evicted`). */
export function planOrphan<C extends SavedCheckpoint>(
  orphan: OrphanQuestion<C>,
  rest: Governing,
): PlannedOrphan<C> & Pick<PlannedRun, 'settings'> {
  const policies = rest.policies.filter((policy) => selects(policy, orphan));
  const { operator } = rest;
  const reading = settle({ declared: undefined, policies, operator, scope: 'Enforced' });
  if (reading.kind === 'Refused') {
    const { name, prefix } = orphan;
    return { name, prefix, settings: undefined, plan: { kind: 'Stopped', why: reading.why } };
  }
  return { ...finishOrphan(leave(orphan, { policies, operator }, 'Enforced')), settings: reading.settings };
}

/** A run's draft, or why there is none, and what made it. */
interface Governed<C extends SavedCheckpoint> {
  readonly run: RunQuestion<C>;
  /** Those that select it. */
  readonly policies: readonly RetentionPolicy[];
  readonly settings: Settings | undefined;
  readonly draft: Draft<C> | Stopped;
}

type Governing = Pick<StoreQuestion, 'policies' | 'operator'>;

function govern<C extends SavedCheckpoint>(
  run: RunQuestion<C>,
  { policies, operator }: Governing,
  scope: Scope,
): Governed<C> {
  const reading = settle({ declared: run.declared, policies, operator, scope });
  if (reading.kind === 'Refused')
    return { run, policies, settings: undefined, draft: { kind: 'Stopped', why: reading.why } };
  const { settings } = reading;
  if (run.stopped !== undefined)
    return { run, policies, settings, draft: { kind: 'Stopped', why: run.stopped } };
  const { rules, floor, ceiling } = settings;
  const draft = draftRetention({
    ...run,
    succeeded: run.phase === 'Succeeded',
    rules: rules?.value,
    floor: { keepNewest: floor.keepNewest?.value, minAgeSeconds: floor.minAgeSeconds?.value },
    ceiling: {
      maxCheckpoints: ceiling.maxCheckpoints?.value,
      maxBytes: ceiling.maxBytes?.value,
      maxAgeSeconds: ceiling.maxAgeSeconds?.value,
      maxPins: ceiling.maxPins?.value,
    },
  });
  return { run, policies, settings, draft };
}

const finish = <C extends SavedCheckpoint>({ run, settings, draft }: Governed<C>): PlannedRun<C> => ({
  name: run.name,
  settings,
  plan: draft.kind === 'Stopped' ? draft : finishPlan(draft),
});

/** An orphan's draft, or why there is none. */
interface Left<C extends SavedCheckpoint> {
  readonly orphan: OrphanQuestion<C>;
  readonly policies: readonly RetentionPolicy[];
  readonly draft: OrphanDraft<C> | Stopped;
}

function leave<C extends SavedCheckpoint>(
  orphan: OrphanQuestion<C>,
  { policies: all }: Governing,
  scope: Scope,
): Left<C> {
  const policies = all.filter((policy) => selects(policy, orphan));
  return { orphan, policies, draft: draftOrphan(orphan, orphanRuleOf(binding(policies, scope))) };
}

const finishOrphan = <C extends SavedCheckpoint>({ orphan, draft }: Left<C>): PlannedOrphan<C> => ({
  name: orphan.name,
  prefix: orphan.prefix,
  plan: draft.kind === 'Stopped' ? draft : { kind: 'Planned', rulings: rulingsOf(draft) },
});

function planScope<C extends SavedCheckpoint>(question: StoreQuestion<C>, scope: Scope): StorePlan<C> {
  const { policies, operator } = question;
  const governed = (run: RunQuestion<C>): Governed<C> => {
    const selecting = policies.filter((policy) => selects(policy, run));
    return govern(run, { policies: selecting, operator }, scope);
  };
  const orphans = question.orphans.map((orphan) => leave(orphan, question, scope));
  const limiting = binding(policies, scope)
    .filter(({ capacity, name }) => capacity !== undefined && question.uncounted?.has(name) !== true)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  // Where no capacity spans them, each run is put into words at once, and its draft is not kept.
  if (limiting.length === 0) {
    const runs = question.runs.map((run) => finish(governed(run)));
    return { runs, orphans: orphans.map(finishOrphan), capacities: [] };
  }
  const runs = question.runs.map(governed);
  const capacities = limiting.flatMap((policy) =>
    evict({ policy, isUnderWay: question.evicting?.has(policy.name) === true }, runs, orphans),
  );
  return { runs: runs.map(finish), orphans: orphans.map(finishOrphan), capacities };
}

/** Takes what the policy's capacity demands; nothing where it has none. */
function evict<C extends SavedCheckpoint>(
  { policy, isUnderWay }: { readonly policy: RetentionPolicy; readonly isUnderWay: boolean },
  runs: readonly Governed<C>[],
  orphans: readonly Left<C>[],
): readonly CapacityReport[] {
  const { capacity, name, mode } = policy;
  if (capacity === undefined || mode === 'Off') return [];
  const isOurs = ({ policies }: { readonly policies: readonly RetentionPolicy[] }): boolean =>
    policies.includes(policy);
  const ours = runs.filter(isOurs);
  return [
    evictForCapacity({
      policy: name,
      capacity,
      isUnderWay,
      runs: ours.flatMap(({ run, settings, draft }) =>
        draft.kind === 'Stopped'
          ? []
          : [{ name: run.name, phase: run.phase, defaults: settings?.defaults, draft }],
      ),
      stopped: ours.flatMap(({ run, draft }) =>
        draft.kind === 'Stopped' ? [{ name: run.name, bytes: bytesOf(run), why: draft.why }] : [],
      ),
      orphans: orphans.filter(isOurs).flatMap(({ draft }) => (draft.kind === 'Stopped' ? [] : [draft])),
    }),
  ];
}

const bytesOf = ({ attempts }: Pick<RetentionQuestion, 'attempts'>): number =>
  attempts.reduce(
    (sum, { checkpoints }) => checkpoints.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, sum),
    0,
  );

interface Auditable<C extends SavedCheckpoint> {
  readonly plan: { readonly kind: 'Planned'; readonly rulings: readonly Ruling<C>[] } | Stopped;
}

/** The plan, with the judgement of each ruling that would be another if what is audited were enforced. */
function withAudit<C extends SavedCheckpoint, P extends Auditable<C>>(planned: P, audited: P): P {
  const [plan, other] = [planned.plan, audited.plan];
  if (plan.kind === 'Stopped') return planned;
  if (other.kind === 'Stopped') return { ...planned, auditStopped: other.why };
  const rulings = plan.rulings.map((ruling, at) => {
    const { verdict = ruling.verdict, reasons = ruling.reasons } = other.rulings[at] ?? {};
    return verdict === ruling.verdict ? ruling : { ...ruling, audit: { verdict, reasons } };
  });
  return { ...planned, plan: { ...plan, rulings } };
}
