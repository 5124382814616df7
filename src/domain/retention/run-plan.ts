// Retention of one run, or of what one left, under the policies that select it; for one alone, and piece by piece for whoever plans a
// whole store. What Audit policies would do is planned beside it.
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
  /** What holds for it and who says so; undefined when policies contradict each other. */
  readonly settings: Settings | undefined;
  readonly plan: { readonly kind: 'Planned'; readonly rulings: readonly Ruling<C>[] } | Stopped;
  /** True when the time is over of all that is there, of what is no checkpoint too. */
  readonly isOver: boolean;
  readonly auditStopped?: string;
}

/** The rulings on one run alone. What capacity took of it at the last look at the store stands in the question (`evicted`). */
export function planRun<C extends SavedCheckpoint>(run: RunQuestion<C>, rest: Governing): PlannedRun<C> {
  const policies = rest.policies.filter((policy) => selects(policy, run));
  const enforced = finish(govern(run, { ...rest, policies }, 'Enforced'));
  if (!policies.some(({ mode }) => mode === 'Audit')) return enforced;
  return withAudit(enforced, finish(govern(run, { ...rest, policies }, 'Audited')));
}

/** The rulings on what one run left. What capacity took of it stands in the question (`evicted`). */
export const planOrphan = <C extends SavedCheckpoint>(
  orphan: OrphanQuestion<C>,
  rest: Governing,
): PlannedOrphan<C> => finishOrphan(leave(orphan, rest, 'Enforced'));

/** A run's draft, or why there is none, and what made it. */
export interface Governed<C extends SavedCheckpoint> {
  readonly run: RunQuestion<C>;
  /** Those that select it. */
  readonly policies: readonly RetentionPolicy[];
  readonly settings: Settings | undefined;
  readonly draft: Draft<C> | Stopped;
}

/** By what all runs are judged. */
export interface Governing {
  readonly policies: readonly RetentionPolicy[];
  readonly operator: OperatorFlags;
}

/** Drafts the run's plan by the policies that select it. */
export function govern<C extends SavedCheckpoint>(
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

/** The draft in words. */
export const finish = <C extends SavedCheckpoint>({ run, settings, draft }: Governed<C>): PlannedRun<C> => ({
  name: run.name,
  settings,
  plan: draft.kind === 'Stopped' ? draft : finishPlan(draft),
});

/** An orphan's draft, or why there is none. */
export interface Left<C extends SavedCheckpoint> {
  readonly orphan: OrphanQuestion<C>;
  readonly policies: readonly RetentionPolicy[];
  readonly settings: Settings | undefined;
  readonly draft: OrphanDraft<C> | Stopped;
}

/** Drafts the plan of what a run left. */
export function leave<C extends SavedCheckpoint>(
  orphan: OrphanQuestion<C>,
  { policies: all, operator }: Governing,
  scope: Scope,
): Left<C> {
  const policies = all.filter((policy) => selects(policy, orphan));
  const reading = settle({ declared: undefined, policies, operator, scope });
  if (reading.kind === 'Refused')
    return { orphan, policies, settings: undefined, draft: { kind: 'Stopped', why: reading.why } };
  const { settings } = reading;
  return { orphan, policies, settings, draft: draftOrphan(orphan, orphanRuleOf(binding(policies, scope))) };
}

/** The draft in words. */
export const finishOrphan = <C extends SavedCheckpoint>({
  orphan,
  settings,
  draft,
}: Left<C>): PlannedOrphan<C> => ({
  name: orphan.name,
  prefix: orphan.prefix,
  settings,
  plan: draft.kind === 'Stopped' ? draft : { kind: 'Planned', rulings: rulingsOf(draft) },
  isOver: draft.kind === 'Drafted' && draft.isOver,
});

/** What all its checkpoints weigh together. */
export const bytesOf = ({ attempts }: Pick<RetentionQuestion, 'attempts'>): number =>
  attempts.reduce(
    (sum, { checkpoints }) => checkpoints.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, sum),
    0,
  );

interface Auditable<C extends SavedCheckpoint> {
  readonly plan: { readonly kind: 'Planned'; readonly rulings: readonly Ruling<C>[] } | Stopped;
}

/** The plan, with the judgement of each ruling that would be another if what is audited were enforced. */
export function withAudit<C extends SavedCheckpoint, P extends Auditable<C>>(planned: P, audited: P): P {
  const [plan, other] = [planned.plan, audited.plan];
  if (plan.kind === 'Stopped') return planned;
  if (other.kind === 'Stopped') return { ...planned, auditStopped: other.why };
  const rulings = plan.rulings.map((ruling, at) => {
    const { verdict = ruling.verdict, reasons = ruling.reasons } = other.rulings[at] ?? {};
    return verdict === ruling.verdict ? ruling : { ...ruling, audit: { verdict, reasons } };
  });
  return { ...planned, plan: { ...plan, rulings } };
}
