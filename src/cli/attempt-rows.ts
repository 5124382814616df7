// The ledger of a run as rows: for programs with fixed fields, for a person aligned. It shows what status says and adds nothing.
import { timesOf } from '../domain/run/folding.ts';
import { formatDuration } from '../domain/run/progress.ts';
import { stopOf } from '../domain/run/recovery.ts';
import { type SegmentName, segmentNames } from '../domain/run/segments.ts';
import type { LedgerEntry, RunStatus } from '../domain/run/status.ts';
import { parseTime } from '../domain/time.ts';
import type { Instant, Seconds } from '../domain/units.ts';
import { formatColumns } from './columns.ts';
import { reportFields } from './report-fields.ts';
import { formatAge, formatCount, plain } from './words.ts';

interface View {
  readonly now: Instant;
  readonly isWide: boolean;
}

/** A cell for what nobody knows. */
const unknown = '-';

const headings = [
  'ATTEMPT',
  'NODE',
  'CAUSE',
  'EXIT',
  'STARTED',
  'DURATION',
  'FROM',
  'END',
  'SAVED',
  'LOST',
  'LOST GPU TIME',
];

const segmentHeadings: Readonly<Record<SegmentName, string>> = {
  create: 'CREATE',
  schedule: 'SCHEDULE',
  pull: 'PULL',
  flush: 'FLUSH',
  restore: 'RESTORE',
  start: 'START',
  firstUpdate: 'FIRST UPDATE',
};

/** The table, newest first, without a line feed at its end. */
export function describeAttempts(entries: readonly LedgerEntry[], view: View): string {
  const wide = view.isWide ? ['GPUS', ...segmentNames.map((name) => segmentHeadings[name]), 'MESSAGE'] : [];
  return formatColumns([[...headings, ...wide], ...entries.map((entry) => cellsOf(entry, view))]);
}

function cellsOf(entry: LedgerEntry, { now, isWide }: View): readonly string[] {
  const { number, node, cause, exitCode, startedAt, endUpdate, savedUpdate, lostGpuSeconds } = entry;
  const times = timesOf(entry);
  const started = startedAt === undefined ? undefined : parseTime(startedAt);
  return [
    `${number}${times === 1 ? '' : ` ×${times}`}`,
    plain(node ?? unknown),
    cause ?? (entry.endedAt === undefined ? 'goes on' : unknown),
    textOf(exitCode),
    started === undefined ? unknown : formatAge(started, now),
    durationOf(entry, now),
    beginningOf(entry),
    countOf(endUpdate),
    countOf(savedUpdate),
    lossOf(entry),
    secondsOf(lostGpuSeconds),
    ...(isWide ? wideCellsOf(entry) : []),
  ];
}

const wideCellsOf = ({ gpus, segments, message }: LedgerEntry): readonly string[] => [
  textOf(gpus),
  ...segmentNames.map((name) => secondsOf(segments?.[name])),
  plain(message ?? ''),
];

const textOf = (value: number | undefined): string => (value === undefined ? unknown : String(value));
const countOf = (value: number | undefined): string => (value === undefined ? unknown : formatCount(value));
const secondsOf = (value: Seconds | undefined): string =>
  value === undefined ? unknown : formatDuration(value);

function durationOf(entry: LedgerEntry, now: Instant): string {
  const started = entry.startedAt === undefined ? undefined : parseTime(entry.startedAt);
  return started === undefined ? unknown : formatDuration(((stopOf(entry) ?? now) - started) / 1000);
}

// Before its restore has chosen, an attempt looks like one that started from scratch.
function beginningOf({ resumedFrom, initializedFrom, endUpdate, trainedSeconds }: LedgerEntry): string {
  if (resumedFrom !== undefined) return formatCount(resumedFrom.update);
  if (initializedFrom?.mode === 'WarmStart') return 'weights';
  if (initializedFrom !== undefined) return countOf(initializedFrom.update);
  return endUpdate !== undefined || (trainedSeconds ?? 0) > 0 ? 'scratch' : unknown;
}

// What its pod still flushes is not lost; on a lost node nothing is flushed any more.
const isOpen = ({ cause, endedAt }: LedgerEntry): boolean => endedAt === undefined && cause !== 'NodeLost';

function lossOf(entry: LedgerEntry): string {
  const { lostUpdates, lostUpdatesIsLowerBound: isBound = false } = entry;
  if (lostUpdates === undefined || isOpen(entry)) return unknown;
  // at least none: nobody knows
  if (isBound && lostUpdates === 0) return unknown;
  return `${isBound ? '≥ ' : ''}${formatCount(lostUpdates)}`;
}

/** What all attempts came to, also those status no longer lists. */
export function describeTotals(totals: RunStatus['totals']): string {
  const { attempts, disruptions, failures, lostUpdates, gpuSeconds = 0, lostGpuSeconds = 0 } = totals;
  const { goodputPercent, usefulSeconds = 0, wallSeconds = 0 } = totals;
  const rows = [
    ['attempts', `${attempts}: ${disruptions} disrupted, ${failures} failed`],
    ['lost', `${formatCount(lostUpdates)} updates, made again`],
    ['GPU time', `${formatDuration(gpuSeconds)}, of which ${formatDuration(lostGpuSeconds)} lost`],
    [
      'goodput',
      goodputPercent === undefined
        ? 'not known before an attempt has ended'
        : `${goodputPercent} %: ${formatDuration(usefulSeconds)} of training that counts in ${formatDuration(wallSeconds)}`,
    ],
  ];
  return formatColumns(rows);
}

const entryFields = [
  'node',
  'pod',
  'cause',
  'exitCode',
  'startedAt',
  'stoppedAt',
  'endedAt',
  'firstUpdateAt',
  'gpus',
  'resumedFrom',
  'initializedFrom',
  'rollback',
  'endUpdate',
  'savedUpdate',
  'lostUpdates',
  'lostUpdatesIsLowerBound',
  'gpuSeconds',
  'trainedSeconds',
  'lostGpuSeconds',
] as const;

const totalFields = [
  'attempts',
  'disruptions',
  'failures',
  'lostUpdates',
  'gpuSeconds',
  'lostGpuSeconds',
  'usefulSeconds',
  'wallSeconds',
  'goodputPercent',
  'reclaimedBytes',
] as const;

/** The object of `-o json`. Scripts rely on its fields; null = not known. */
export const reportOf = (status: RunStatus | undefined): object => ({
  attempts: (status?.attempts ?? []).map(attemptReport),
  totals: reportFields(status?.totals, totalFields),
});

/** The fields of one attempt. */
export const attemptReport = (entry: LedgerEntry): object => ({
  number: entry.number,
  repeats: timesOf(entry),
  ...reportFields(entry, entryFields),
  segments: reportFields(entry.segments, segmentNames),
  message: entry.message ?? null,
});
