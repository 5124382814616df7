// Retention of a whole store: every run under its policies, the policies' capacities over all their runs, and what is left of runs
// that are gone. It is made in pieces, so that nobody has to wait for all of it. What Audit policies would do is planned beside it.
import { finished, type Pieces } from '../pieces.ts';
import { type CapacityQuestion, type CapacityReport, evictForCapacity, type HeldRun } from './capacity.ts';
import type { Stopped } from './draft.ts';
import type { OrphanQuestion } from './orphans.ts';
import { type RetentionPolicy, selects } from './policy.ts';
import {
  bytesOf,
  finish,
  finishOrphan,
  govern,
  type Governed,
  type Governing,
  leave,
  type Left,
  type PlannedOrphan,
  type PlannedRun,
  type RunQuestion,
  withAudit,
} from './run-plan.ts';
import { binding, type Scope } from './settings.ts';
import type { SavedCheckpoint } from './standing.ts';

export interface StoreQuestion<C extends SavedCheckpoint = SavedCheckpoint> extends Governing {
  readonly runs: readonly RunQuestion<C>[];
  readonly orphans: readonly OrphanQuestion<C>[];
  /** Policies whose capacity nobody can judge now, by name: nothing is taken for it. */
  readonly uncounted?: ReadonlySet<string>;
  /** Policies for whose capacity an eviction has begun, by name: it goes on down to the low share. */
  readonly evicting?: ReadonlySet<string>;
}

/** A plan of a store, of which this is kept of each run and of what each that is gone left. */
export interface StorePlanOf<R, O> {
  /** In the order of the question. */
  readonly runs: readonly R[];
  readonly orphans: readonly O[];
  /** Of the policies that are enforced. */
  readonly capacities: readonly CapacityReport[];
  /** Of all policies, as if those that are audited were enforced; undefined when none is audited. */
  readonly auditedCapacities?: readonly CapacityReport[];
}

export type StorePlan<C extends SavedCheckpoint = SavedCheckpoint> = StorePlanOf<
  PlannedRun<C>,
  PlannedOrphan<C>
>;

/** What is kept of each plan, in place of all its rulings: of many runs they are millions. */
export interface Keeping<C extends SavedCheckpoint, R, O> {
  readonly ofRun: (planned: PlannedRun<C>) => R;
  readonly ofOrphan: (planned: PlannedOrphan<C>) => O;
}

/** The rulings on every checkpoint of the store. */
export const planStore = <C extends SavedCheckpoint>(question: StoreQuestion<C>): StorePlan<C> =>
  finished(planningStore<C, PlannedRun<C>, PlannedOrphan<C>>(question, { ofRun: whole, ofOrphan: whole }));

const whole = <T>(planned: T): T => planned;

/** The same piece by piece; of each run that alone stays which `keeping` makes of its plan. */
export function* planningStore<C extends SavedCheckpoint, R, O>(
  question: StoreQuestion<C>,
  keeping: Keeping<C, R, O>,
): Pieces<StorePlanOf<R, O>> {
  const enforced = yield* draftScope(question, 'Enforced');
  const isAudited = question.policies.some(({ mode }) => mode === 'Audit');
  const audited = isAudited ? yield* draftScope(question, 'Audited') : undefined;
  const runs: R[] = [];
  for (const [at, run] of question.runs.entries()) {
    const planned = finish(enforced.ofRun(run, at));
    const kept = audited === undefined ? planned : withAudit(planned, finish(audited.ofRun(run, at)));
    runs.push(keeping.ofRun(kept));
    yield;
  }
  const orphans: O[] = [];
  for (const [at, left] of enforced.orphans.entries()) {
    const planned = finishOrphan(left);
    const other = audited?.orphans[at];
    orphans.push(keeping.ofOrphan(other === undefined ? planned : withAudit(planned, finishOrphan(other))));
    yield;
  }
  const { capacities } = enforced;
  return { runs, orphans, capacities, ...(audited && { auditedCapacities: audited.capacities }) };
}

/** Everything as it is planned in one scope, before it is put into words. */
interface Drafts<C extends SavedCheckpoint> {
  /** Of the run that stands at this place of the question. */
  readonly ofRun: (run: RunQuestion<C>, at: number) => Governed<C>;
  readonly orphans: readonly Left<C>[];
  readonly capacities: readonly CapacityReport[];
}

function* draftScope<C extends SavedCheckpoint>(question: StoreQuestion<C>, scope: Scope): Pieces<Drafts<C>> {
  const { policies, operator } = question;
  const governed = (run: RunQuestion<C>): Governed<C> => {
    const selecting = policies.filter((policy) => selects(policy, run));
    return govern(run, { policies: selecting, operator }, scope);
  };
  const orphans: Left<C>[] = [];
  for (const orphan of question.orphans) {
    orphans.push(leave(orphan, question, scope));
    yield;
  }
  const limiting = binding(policies, scope)
    .filter(({ capacity, name }) => capacity !== undefined && question.uncounted?.has(name) !== true)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  // Where no capacity spans them, each run is drafted when it is put into words, and its draft is not kept.
  if (limiting.length === 0) return { ofRun: governed, orphans, capacities: [] };
  const drafts: Governed<C>[] = [];
  for (const run of question.runs) {
    drafts.push(governed(run));
    yield;
  }
  const capacities: CapacityReport[] = [];
  for (const policy of limiting) {
    const isUnderWay = question.evicting?.has(policy.name) === true;
    capacities.push(...(yield* evict({ policy, isUnderWay }, drafts, orphans)));
  }
  return { ofRun: (run, at) => drafts[at] ?? governed(run), orphans, capacities };
}

/** Takes what the policy's capacity demands; nothing where it has none. */
function* evict<C extends SavedCheckpoint>(
  { policy, isUnderWay }: { readonly policy: RetentionPolicy; readonly isUnderWay: boolean },
  runs: readonly Governed<C>[],
  orphans: readonly Left<C>[],
): Pieces<readonly CapacityReport[]> {
  const { capacity, name, mode } = policy;
  if (capacity === undefined || mode === 'Off') return [];
  const isOurs = ({ policies }: { readonly policies: readonly RetentionPolicy[] }): boolean =>
    policies.includes(policy);
  const ours = runs.filter(isOurs);
  const left = orphans.filter(isOurs);
  yield;
  const question: CapacityQuestion = {
    policy: name,
    capacity,
    isUnderWay,
    runs: ours.flatMap(({ run, settings, draft }) =>
      draft.kind === 'Stopped'
        ? []
        : [{ name: run.name, phase: run.phase, defaults: settings?.defaults, draft }],
    ),
    stopped: [
      ...ours.flatMap(({ run, draft }) => heldBy(run, draft)),
      ...left.flatMap(({ orphan, draft }) => heldBy(orphan, draft)),
    ],
    orphans: left.flatMap(({ draft }) => (draft.kind === 'Stopped' ? [] : [draft])),
  };
  yield;
  return [yield* evictForCapacity(question)];
}

type Holding = Pick<RunQuestion, 'name' | 'attempts'>;

const heldBy = (held: Holding, draft: Stopped | { readonly kind: 'Drafted' }): readonly HeldRun[] =>
  draft.kind === 'Stopped' ? [{ name: held.name, bytes: bytesOf(held), why: draft.why }] : [];
