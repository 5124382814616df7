// What retention is asked about a run, written down for an inventory: read back (inventory-question.ts), it comes to the same rulings.
import { type AttemptId, isSameAttempt } from '../domain/bucket/keys.ts';
import type { AttemptOrigin } from '../domain/bucket/lineage.ts';
import { pinnedPlaces } from '../domain/retention/locks.ts';
import type { OrphanQuestion } from '../domain/retention/orphans.ts';
import type { Pin } from '../domain/retention/rules.ts';
import { type CheckpointName, readStanding, type SavedCheckpoint } from '../domain/retention/standing.ts';
import type { RunQuestion } from '../domain/retention/run-plan.ts';
import { formatMicroTime, formatTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';

/** The run as it stands in an inventory, to be written as JSON: a field that is undefined is absent there. */
export function inventoryRun(question: RunQuestion): object {
  const { name, phase, labels, namespaceLabels, declared, startingAttempt, origins } = question;
  const { foundBad = [], attempts } = question;
  const { pinned, pins } = splitPins(question);
  return {
    namespace: name.namespace,
    run: name.run,
    phase,
    labels: unlessEmpty(labels),
    namespaceLabels: unlessEmpty(namespaceLabels),
    retention: declared,
    attempts: attemptsOf(question).map((id) => writtenAttempt(id, origins)),
    checkpoints: attempts.flatMap(({ checkpoints }) =>
      checkpoints.map((one) => ({
        ...named(one),
        sizeBytes: one.sizeBytes,
        savedAt: exactTime(one.savedAt),
        pinned: pinned.has(one) ? true : undefined,
        foundBad: foundBad.some((bad) => isSame(bad, one)) ? true : undefined,
      })),
    ),
    pins: unlessEmpty(pins.map(writtenPin)),
    startingAttempt,
    rollbackTargets: unlessEmpty((question.rollbackTargets ?? []).map(named)),
    dependents: unlessEmpty((question.dependents ?? []).map(({ update }) => ({ update }))),
    stopped: stopOf(question),
  };
}

/** What a run that is gone left, in the same form. */
export function inventoryOrphan(question: OrphanQuestion): object {
  const { name, labels, namespaceLabels, attempts, pins = [], goneSince, retained, stopped } = question;
  const all = attempts.flatMap(({ checkpoints }) => checkpoints);
  return {
    namespace: name.namespace,
    run: name.run,
    phase: 'Gone',
    labels: unlessEmpty(labels),
    namespaceLabels: unlessEmpty(namespaceLabels),
    attempts: attempts.map(({ id: { number, pod } }) => ({ number, pod })),
    checkpoints: all.map((one) => ({
      ...named(one),
      sizeBytes: one.sizeBytes,
      savedAt: exactTime(one.savedAt),
      pinned: pins.some((pin) => isHeld(one, pin)) ? true : undefined,
    })),
    pins: unlessEmpty(pins.filter((pin) => !all.some((one) => isHeld(one, pin))).map(writtenPin)),
    stopped,
    gone: { since: goneSince === undefined ? undefined : exactTime(goneSince), retained },
  };
}

/** True when the pin without an end holds just this checkpoint's update. */
const isHeld = ({ attempt, update }: CheckpointName, pin: Pin): boolean =>
  pin.until === undefined && pin.attempt === attempt.number && pin.update === update;

const writtenPin = (pin: Pin): object => ({ ...pin, until: pin.until && exactTime(pin.until) });

const unlessEmpty = <T extends object>(value: T): T | undefined =>
  Object.keys(value).length === 0 ? undefined : value;

/** What stops it wherever it is planned; an inventory is of the right place, and planned for a time of its own. */
function stopOf({ stopped, runUid, markerUid, prefix }: RunQuestion): string | undefined {
  return stopped ?? (runUid === markerUid ? undefined : `${prefix}run.json is not this run's`);
}

/** Pins without an end are told of the checkpoints that they name, the others by themselves. */
function splitPins({ attempts, origins, pins = [], bucketPins = [] }: RunQuestion): {
  readonly pinned: ReadonlySet<SavedCheckpoint>;
  readonly pins: readonly Pin[];
} {
  const reading = readStanding(attempts, origins);
  const all = [...pins, ...bucketPins];
  if (reading.kind === 'Unreadable') return { pinned: new Set(), pins: all };
  const { standing } = reading;
  const pinned = new Set<SavedCheckpoint>();
  const others = all.filter((pin) => {
    const places = pin.until === undefined ? pinnedPlaces(standing, pin) : [];
    for (const checkpoint of places.flatMap((at) => standing.order[at] ?? [])) pinned.add(checkpoint);
    return places.length === 0;
  });
  return { pinned, pins: others };
}

/** Those with checkpoints or an attempt.json, and those that another names as its origin. */
function attemptsOf({ attempts, origins }: RunQuestion): readonly AttemptId[] {
  const all = [
    ...attempts.map(({ id }) => id),
    ...origins.map(({ id }) => id),
    ...origins.flatMap(({ resumedFrom }) => resumedFrom?.attempt ?? []),
  ];
  return all
    .filter((id, at) => all.findIndex((known) => isSameAttempt(known, id)) === at)
    .toSorted((a, b) => a.number - b.number || (a.pod < b.pod ? -1 : 1));
}

function writtenAttempt({ number, pod }: AttemptId, origins: readonly AttemptOrigin[]): object {
  const origin = origins.find(({ id }) => isSameAttempt(id, { number, pod }));
  if (origin === undefined) return { number, pod, opened: false };
  const { openedAt, resumedFrom } = origin;
  return {
    number,
    pod,
    openedAt: exactTime(openedAt),
    resumedFrom: resumedFrom && {
      attempt: resumedFrom.attempt.number,
      pod: resumedFrom.attempt.pod,
      update: resumedFrom.update,
    },
  };
}

const named = ({ attempt: { number, pod }, kind, update }: CheckpointName): object => ({
  attempt: number,
  pod,
  kind,
  update,
});

const isSame = (a: CheckpointName, b: CheckpointName): boolean =>
  isSameAttempt(a.attempt, b.attempt) && a.kind === b.kind && a.update === b.update;

/** To the millisecond, so that nothing is a moment older than it is. */
const exactTime = (at: Instant): string => (at % 1000 === 0 ? formatTime(at) : formatMicroTime(at));
