// One run on one screen: how far it is, what is saved, what an eviction now would cost, what became of its attempts, what comes next.
import { formatBytes } from '../domain/size.ts';
import { formatDuration } from '../domain/run/progress.ts';
import type { Progress, ResumePoint, RunCondition, RunStatus } from '../domain/run/status.ts';
import { parseTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';
import { attemptReport, describeAttempts } from './attempt-rows.ts';
import { drawBar } from './bar.ts';
import { evictionCost } from './eviction-cost.ts';
import type { Explanation } from './explanation.ts';
import { explanationReport } from './explanation-report.ts';
import { gapRows } from './reach.ts';
import { reportFields } from './report-fields.ts';
import type { RunObservation } from './run-observation.ts';
import { formatSheet } from './sheet.ts';
import { progressReport } from './status-table.ts';
import { formatAge, formatCount, plain } from './words.ts';
import type { CliWorld } from './world.ts';

const barWidth = 30;
const attemptsShown = 5;

/** The screen, without a line feed at its end. */
export function describeRun(
  world: Pick<CliWorld, 'clock' | 'isDrawn' | 'out'>,
  observation: RunObservation,
  explanation: Explanation,
): string {
  const { namespace, run, gaps } = observation;
  const { status, phase, reason, message, next, cure, judgedFrom } = explanation;
  const now = world.clock.now();
  const rows = [
    ['saved', savedWords(status?.resumePoint, now)],
    ...costRows(status),
    ...conditionRows(conditionsOf(run.status, status), message),
    ['next', next?.words ?? 'cannot be told from here'],
    ...(cure === undefined ? [] : [['change it', cure]]),
    ...(judgedFrom === 'Status' ? [['judged', 'from status alone, as the operator wrote it last']] : []),
    ...gapRows(gaps),
  ];
  const heading = `${namespace}/${run.metadata.name} is ${phase}${reason === undefined ? '' : `: ${reason}`}`;
  return [
    plain(heading),
    formatSheet([['what', message]], world.out),
    ...progressLines(status?.progress, { now, isDrawn: world.isDrawn }),
    '',
    formatSheet(rows, world.out),
    ...attemptLines(status, now),
  ].join('\n');
}

interface ProgressView {
  readonly now: Instant;
  readonly isDrawn: boolean;
}

function progressLines(progress: Progress | undefined, { now, isDrawn }: ProgressView): readonly string[] {
  if (progress === undefined) return [];
  const { update, plannedUpdates: planned = 0, source, observedAt } = progress;
  const bar = planned === 0 ? '' : `${drawBar(update / planned, { width: barWidth, isDrawn })} `;
  const age = formatAge(parseTime(observedAt) ?? now, now);
  return [
    '',
    `  ${bar}${figureOf(progress)}`,
    `  seen ${age} ago in the ${source === 'Pod' ? 'pod' : 'bucket'}`,
  ];
}

function figureOf({ update, plannedUpdates, percent, updatesPerSecond, eta }: Progress): string {
  const planned = plannedUpdates === undefined ? '' : ` of ${formatCount(plannedUpdates)}`;
  return [
    ...(percent === undefined ? [] : [`${percent} %`]),
    `update ${formatCount(update)}${planned}`,
    ...(updatesPerSecond === undefined ? [] : [`${plain(updatesPerSecond)}/s`]),
    ...(eta === undefined ? [] : [`${plain(eta)} left`]),
  ].join(', ');
}

function savedWords(point: ResumePoint | undefined, now: Instant): string {
  if (point === undefined) return 'nothing: the next attempt has no checkpoint of the run to resume from';
  const { update, attempt, kind, sizeBytes, savedAt } = point;
  const age = formatAge(parseTime(savedAt) ?? now, now);
  return `update ${formatCount(update)} of attempt ${attempt}, ${kind}, ${formatBytes(sizeBytes)}, ${age} ago`;
}

function costRows(status: RunStatus | undefined): readonly (readonly string[])[] {
  if (status?.phase !== 'Running' || status.attempts[0]?.cause !== undefined) return [];
  const cost = evictionCost(status);
  if (cost === undefined)
    return [['eviction', 'what one now would cost cannot be told: how much is unsaved is not known']];
  const { updates, seconds, gpuSeconds } = cost;
  const time = seconds === undefined ? '' : `, ${formatDuration(seconds)} of training`;
  const gpu =
    gpuSeconds === undefined || gpuSeconds === 0 ? '' : ` (${formatDuration(gpuSeconds)} of GPU time)`;
  return [['eviction', `one now would cost about ${formatCount(updates)} updates${time}${gpu}`]];
}

const unremarkable: ReadonlySet<string> = new Set(['Saved', 'NothingSaved', 'NothingToDelete', 'Condemned']);

/** Those that the heading does not tell. What retention does, the operator's status alone says. */
function conditionsOf(written: RunStatus | undefined, fresh: RunStatus | undefined): readonly RunCondition[] {
  const retention = written?.conditions.filter(({ type }) => type === 'RetentionApplied') ?? [];
  const available = fresh?.conditions.filter(({ type }) => type === 'CheckpointAvailable') ?? [];
  return [...available, ...retention].filter(({ reason }) => !unremarkable.has(reason));
}

// What the first line says already is not said again.
const conditionRows = (conditions: readonly RunCondition[], what: string): readonly (readonly string[])[] =>
  conditions
    .filter(({ message }) => !message.includes(what.replace(/\.$/, '')))
    .map(({ type, reason, message }) => [type, `${reason}: ${message}`]);

function attemptLines(status: RunStatus | undefined, now: Instant): readonly string[] {
  const entries = status?.attempts ?? [];
  if (entries.length === 0) return [];
  const table = describeAttempts(entries.slice(0, attemptsShown), { now, isWide: false });
  const more = entries.length - attemptsShown;
  return ['', table, ...(more > 0 ? [`${more} more: kubectl reprise attempts`] : [])];
}

/** The object of `-o json`. Scripts rely on its fields; null = not known. */
export const runReport = (observation: RunObservation, explanation: Explanation): object => {
  const { status } = explanation;
  const cost = evictionCost(status);
  return {
    ...explanationReport(observation, explanation),
    ...progressReport(status ?? {}),
    evictionCost: cost === undefined ? null : reportFields(cost, ['updates', 'seconds', 'gpuSeconds']),
    conditions: conditionsOf(observation.run.status, status).map((condition) =>
      reportFields(condition, ['type', 'status', 'reason', 'message', 'lastTransitionTime']),
    ),
    attempt: status?.attempt ?? null,
    failures: status?.failures ?? null,
    attempts: (status?.attempts ?? []).map(attemptReport),
  };
};
