// What an eviction now would cost: updates that are made again and, at the pace of the run, the time of that. What the pod manages to
// save on its way out costs nothing, and of what the log does not show yet nobody knows.
import type { LedgerEntry, Progress, RunStatus } from '../domain/run/status.ts';
import type { Seconds, Update } from '../domain/units.ts';

export interface EvictionCost {
  readonly updates: Update;
  readonly seconds: Seconds | undefined;
  /** Seconds times the GPUs it holds. */
  readonly gpuSeconds: Seconds | undefined;
}

/** The cost; undefined while nothing trains, or while it cannot be told. */
export function evictionCost(status: RunStatus | undefined): EvictionCost | undefined {
  const { progress } = status ?? {};
  if (status?.phase !== 'Running' || progress?.unsavedUpdates === undefined) return undefined;
  const seconds = secondsOf(progress, progress.unsavedUpdates);
  return { updates: progress.unsavedUpdates, seconds, gpuSeconds: gpuSecondsOf(status.attempts[0], seconds) };
}

function secondsOf({ updatesPerSecond }: Progress, updates: Update): Seconds | undefined {
  const rate = Number(updatesPerSecond ?? 0);
  return rate > 0 ? Math.round(updates / rate) : undefined;
}

const gpuSecondsOf = (newest: LedgerEntry | undefined, seconds: Seconds | undefined): Seconds | undefined =>
  newest?.gpus === undefined || seconds === undefined ? undefined : seconds * newest.gpus;
