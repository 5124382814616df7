// An inventory read into what retention is asked: the same question that the operator asks of the bucket itself.
import type { Inventory, InventoryRun } from '../api/inventory.ts';
import type { AttemptId } from '../domain/bucket/keys.ts';
import { type AttemptOrigin, newerFirst } from '../domain/bucket/lineage.ts';
import { missedListingsNeeded, type OrphanQuestion } from '../domain/retention/orphans.ts';
import type { Pin } from '../domain/retention/rules.ts';
import type { CheckpointName, SavedAttempt, SavedCheckpoint } from '../domain/retention/standing.ts';
import type { RunQuestion } from '../domain/retention/run-plan.ts';
import type { StoreQuestion } from '../domain/retention/store-plan.ts';
import type { Instant } from '../domain/units.ts';
import { retentionRules } from './retention-facts.ts';

/** The question about these runs at this time, by the store's clock. */
export function inventoryQuestion({ runs }: Inventory, at: Instant): Pick<StoreQuestion, 'runs' | 'orphans'> {
  return {
    runs: runs.filter(({ gone }) => gone === undefined).map((run) => runQuestion(run, at)),
    orphans: runs.flatMap((run) => (run.gone === undefined ? [] : [orphanQuestion(run, run.gone, at)])),
  };
}

/** Whom an inventory speaks for: it has been taken from the right place already. */
const uid = 'inventory';

function runQuestion(run: InventoryRun, at: Instant): RunQuestion {
  const { phase, startingAttempt, stopped, dependents = [], rollbackTargets = [] } = run;
  return {
    name: { namespace: run.namespace, run: run.run },
    labels: run.labels ?? {},
    namespaceLabels: run.namespaceLabels ?? {},
    phase,
    declared: retentionRules(run.retention),
    runUid: uid,
    markerUid: uid,
    prefix: prefixOf(run),
    attempts: attemptsOf(run),
    origins: originsOf(run, at),
    storeTime: at,
    pins: pinsOf(run),
    startingAttempt,
    foundBad: run.checkpoints.filter(({ foundBad }) => foundBad === true).map((one) => nameOf(run, one)),
    rollbackTargets: rollbackTargets.map((one) => nameOf(run, one)),
    dependents: dependents.map(({ update }) => ({ run: '', update })),
    stopped,
  };
}

function orphanQuestion(
  run: InventoryRun,
  { since, retained }: NonNullable<InventoryRun['gone']>,
  at: Instant,
): OrphanQuestion {
  return {
    name: { namespace: run.namespace, run: run.run },
    labels: run.labels ?? {},
    namespaceLabels: run.namespaceLabels ?? {},
    prefix: prefixOf(run),
    marker: { runUid: uid, clusterUid: uid },
    clusterUid: uid,
    attempts: attemptsOf(run),
    storeTime: at,
    goneSince: since,
    missedListings: missedListingsNeeded,
    retained,
    hasPods: false,
    pins: pinsOf(run),
    stopped: run.stopped,
  };
}

const prefixOf = ({ namespace, run }: InventoryRun): string => `${namespace}/${run}/`;

interface OfAttempt {
  readonly attempt: number;
  readonly pod?: string;
}

/** The attempt that this names; where no pod is named there is one alone of the number. */
function attemptOf({ attempts }: InventoryRun, { attempt, pod }: OfAttempt): AttemptId {
  const known = attempts.find((one) => one.number === attempt && (pod === undefined || one.pod === pod));
  return { number: attempt, pod: known?.pod ?? '' };
}

const nameOf = (
  run: InventoryRun,
  one: OfAttempt & Pick<CheckpointName, 'kind' | 'update'>,
): CheckpointName => ({ attempt: attemptOf(run, one), kind: one.kind, update: one.update });

function attemptsOf(run: InventoryRun): readonly SavedAttempt[] {
  const saved = run.checkpoints.map((one): SavedCheckpoint => {
    const { sizeBytes, savedAt } = one;
    return { ...nameOf(run, one), sizeBytes, savedAt };
  });
  const byAttempt = Map.groupBy(saved, ({ attempt }) => `${attempt.number}-${attempt.pod}`);
  return run.attempts.map(({ number, pod = '' }) => ({
    id: { number, pod },
    checkpoints: byAttempt.get(`${number}-${pod}`) ?? [],
  }));
}

function originsOf(run: InventoryRun, at: Instant): readonly AttemptOrigin[] {
  const saved = new Map(
    attemptsOf(run).map(({ id, checkpoints }) => [
      `${id.number}-${id.pod}`,
      checkpoints.reduce<Instant>((first, { savedAt }) => Math.min(first, savedAt), Infinity),
    ]),
  );
  const opened = run.attempts.filter(({ opened }) => opened !== false);
  const origins = opened.map(({ number, pod = '', openedAt, resumedFrom }): AttemptOrigin => ({
    id: { number, pod },
    openedAt: openedAt ?? saved.get(`${number}-${pod}`) ?? Infinity,
    resumedFrom: resumedFrom && {
      attempt: attemptOf(run, resumedFrom),
      update: resumedFrom.update,
    },
  }));
  return datedBy(origins, at);
}

/** An attempt of which nothing tells when it began did so at the latest when the next one did: what it left behind stays the longer. */
function datedBy(origins: readonly AttemptOrigin[], at: Instant): readonly AttemptOrigin[] {
  let latest = at;
  return origins.toSorted(newerFirst).map((origin) => {
    latest = origin.openedAt === Infinity ? latest : origin.openedAt;
    return { ...origin, openedAt: latest };
  });
}

function pinsOf(run: InventoryRun): readonly Pin[] {
  // a pin is of an update, whatever kinds of checkpoints there are of it
  const marked = new Map(
    run.checkpoints
      .filter(({ pinned }) => pinned === true)
      .map(({ attempt, update }) => [`${attempt}@${update}`, { attempt, update, until: undefined }]),
  );
  return [
    ...marked.values(),
    ...(run.pins ?? []).map(({ attempt = 0, update, until, reason }): Pin => ({
      attempt,
      update,
      until,
      reason,
    })),
  ];
}
