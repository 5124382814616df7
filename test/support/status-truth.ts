// What a status claims against what really happened: everything in it that was false when it was observed.
import { parseTime } from '../../src/domain/time.ts';
import { attemptDocument } from '../../src/wire/attempt-document.ts';
import type { RunBench } from './run-bench.ts';

/** The claims of the status as it stands now that are false, each in words; none when it is true. */
export const falseClaims = (bench: RunBench): readonly string[] => [
  ...falseProgress(bench),
  ...falseResumePoint(bench),
  ...falsePhase(bench),
  ...falseBeginning(bench),
];

function falseProgress({ status, training: { history } }: RunBench): readonly string[] {
  const { progress, attempt } = status;
  if (progress === undefined) return [];
  const { update, unsavedUpdates = 0, source, observedAt } = progress;
  const at = parseTime(observedAt) ?? 0;
  const made = (source === 'Pod' ? history.furthestOf(attempt, at) : history.savedAt(at)) ?? 0;
  // What is saved in the very moment may be seen or not.
  const unsaved = made - (history.savedAt(at - 1) ?? 0);
  return [
    ...(update > made ? [`update ${update} at ${observedAt}, when there were ${made}`] : []),
    ...(unsavedUpdates > Math.max(0, unsaved) ? [`${unsavedUpdates} unsaved, when ${unsaved} were`] : []),
  ];
}

function falseResumePoint({ status, training: { history }, clock }: RunBench): readonly string[] {
  const { resumePoint } = status;
  if (resumePoint === undefined) return [];
  const { key, attempt, update, savedAt } = resumePoint;
  const saved = history.savedAs(key, clock.now());
  if (saved === undefined) return [`resume point ${key}, which was never saved`];
  const isTrue =
    saved.attempt === attempt && saved.update === update && (parseTime(savedAt) ?? 0) <= clock.now();
  return isTrue ? [] : [`resume point ${update} of attempt ${attempt}, saved at ${savedAt}`];
}

function falsePhase({ status, training, clock }: RunBench): readonly string[] {
  const { phase, attempt } = status;
  const pods = training.pods.filter(
    ({ metadata }) => metadata.labels?.['reprise.dev/attempt'] === String(attempt),
  );
  const isThere = pods.some(({ metadata }) => metadata.deletionTimestamp === undefined);
  const hasRun = pods.some(({ status: pod }) => (pod?.containerStatuses ?? []).length > 0);
  const saved = training.history.savedAt(clock.now()) ?? 0;
  const truths: Partial<Record<typeof phase, boolean>> = {
    Running: hasRun,
    Restoring: isThere && !hasRun,
    Succeeded: saved >= training.script.target,
  };
  return truths[phase] === false ? [`phase ${phase}: ${status.message}`] : [];
}

/** What the message says the newest attempt began with. */
function falseBeginning(bench: RunBench): readonly string[] {
  const { message, attempt } = bench.status;
  const said = /^attempt \d+(?: on \S+)?, (resumed from update \d+|from scratch)/.exec(message)?.[1];
  const really = beginningOf(bench, attempt);
  return said === undefined || said === really ? [] : [`"${message}", when it began ${really}`];
}

function beginningOf(bench: RunBench, attempt: number): string {
  const key = bench.attemptKey(attempt);
  const bytes = bench.objects.objects.get(key)?.bytes;
  if (bytes === undefined) return 'nobody knows how';
  const { resumedFrom } = attemptDocument.parse(new TextDecoder().decode(bytes), key);
  return resumedFrom === null ? 'from scratch' : `resumed from update ${resumedFrom.update}`;
}
