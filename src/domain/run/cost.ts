// What an attempt cost, told once, at its end: GPU-seconds held, time trained, and the part of both that is lost. Times are of the
// API server and the node; what nobody saw counts as nothing, so every figure is at most what it really was.
import { parseTime } from '../time.ts';
import type { Instant, Seconds } from '../units.ts';
import type { PodFacts } from './facts.ts';
import { interruptionBefore, stopOf } from './recovery.ts';
import { startUpdate } from './saved-work.ts';
import type { LedgerEntry } from './status.ts';

type Cost = Pick<LedgerEntry, 'gpuSeconds' | 'trainedSeconds' | 'lostGpuSeconds'>;

/** The cost of an attempt that has ended; nothing for one that never had a pod. */
export function costOf(entry: LedgerEntry, pod: PodFacts | undefined): Cost {
  if (entry.startedAt === undefined) return {};
  const { gpus = 0 } = entry;
  const gpuSeconds = gpus * secondsBetween(heldFrom(entry, pod), heldUntil(entry, pod));
  const trainedSeconds = secondsBetween(trainedFrom(entry, pod), stopOf(entry));
  const lostGpuSeconds = Math.round(gpus * trainedSeconds * lostShare(entry));
  return { gpuSeconds, trainedSeconds, lostGpuSeconds: Math.min(gpuSeconds, lostGpuSeconds) };
}

const timeOf = (text: string | undefined): Instant | undefined =>
  text === undefined ? undefined : parseTime(text);

/** A pod has its GPUs from the moment it is on a node. */
function heldFrom({ startedAt, segments }: LedgerEntry, pod: PodFacts | undefined): Instant | undefined {
  if (pod?.scheduledAt !== undefined) return pod.scheduledAt;
  const created = timeOf(startedAt);
  return created === undefined || segments?.schedule === undefined
    ? undefined
    : created + segments.schedule * 1000;
}

/** It gives them back when its last container has ended. */
function heldUntil(entry: LedgerEntry, pod: PodFacts | undefined): Instant | undefined {
  const finished = [pod?.restore, pod?.sync, pod?.trainer].flatMap((container) =>
    container?.finishedAt === undefined ? [] : [container.finishedAt],
  );
  return finished.length === 0 ? stopOf(entry) : Math.max(...finished);
}

const trainedFrom = ({ firstUpdateAt }: LedgerEntry, pod: PodFacts | undefined): Instant | undefined =>
  timeOf(firstUpdateAt) ?? pod?.trainer?.startedAt;

const secondsBetween = (from: Instant | undefined, to: Instant | undefined): Seconds =>
  from === undefined || to === undefined ? 0 : Math.max(0, Math.floor((to - from) / 1000));

/** Of the updates it made, the part that is lost: updates take about the same time each. */
function lostShare(entry: LedgerEntry): number {
  const { lostUpdates = 0, endUpdate } = entry;
  const made = endUpdate === undefined ? 0 : endUpdate - startUpdate(entry);
  return made <= 0 ? 0 : Math.min(1, lostUpdates / made);
}

/** Of the time it trained, the part that counts. */
export const usefulSeconds = (entry: LedgerEntry): Seconds =>
  Math.round((entry.trainedSeconds ?? 0) * (1 - lostShare(entry)));

/** The time of the run that falls to the attempt; that of a number that was given up falls to the next. From the interruption before it, or its own start, until it stopped. */
export const wallSeconds = (entry: LedgerEntry, attempts: readonly LedgerEntry[]): Seconds =>
  entry.cause === 'NumberGivenUp'
    ? 0
    : secondsBetween(interruptionBefore(entry, attempts) ?? timeOf(entry.startedAt), stopOf(entry));
