// Watches one eviction from the pod's deletion to the first new update, and tells how long each part of it took.
import { setTimeout as delay } from 'node:timers/promises';
import { type PodView, type RunWatch, stateOf } from './run-view.ts';

/** Seconds after the deletion of the old pod was seen. */
export interface EvictionTimes {
  readonly jobCreated: number;
  readonly flushed: number;
  readonly scheduled: number;
  readonly restored: number;
  readonly started: number;
  readonly firstUpdate: number;
  /** The first update the new trainer was seen at. */
  readonly update: number;
}

const everyMillis = 25;
const withinSeconds = 120;

/** Resolves when the next attempt of the evicted one has made an update. @throws when it does not within two minutes */
export async function watchEviction(watch: RunWatch, evicted: number): Promise<EvictionTimes> {
  const limit = AbortSignal.timeout(withinSeconds * 1000);
  await until(
    limit,
    'the pod to be deleted',
    async () => (await watch.pod(evicted, limit))?.metadata.deletionTimestamp !== undefined,
  );
  const start = performance.now();
  const since = (): number => (performance.now() - start) / 1000;
  const next = evicted + 1;
  const reach = async (what: string, isReached: () => Promise<boolean>): Promise<number> => {
    await until(limit, what, isReached);
    return since();
  };
  const pod = async (): Promise<PodView | undefined> => watch.pod(next, limit);
  const [jobCreated, flushed, scheduled, restored, started] = await Promise.all([
    reach('the next Job', async () => watch.hasJob(next, limit)),
    reach('the flush', async () => hasFlushed(await watch.pod(evicted, limit))),
    reach('the next pod to be scheduled', async () => (await pod())?.spec.nodeName !== undefined),
    reach('the restore', async () => stateOf(await pod(), 'restore') === 'Terminated'),
    reach('the trainer to start', async () => stateOf(await pod(), 'trainer') === 'Running'),
  ]);
  let update: number | undefined;
  const firstUpdate = await reach('the first new update', async () => {
    const found = await pod();
    update = found === undefined ? undefined : await watch.lastUpdate(found);
    return update !== undefined;
  });
  return { jobCreated, flushed, scheduled, restored, started, firstUpdate, update: update ?? 0 };
}

const hasFlushed = (pod: PodView | undefined): boolean =>
  pod === undefined || stateOf(pod, 'sync') === 'Terminated';

async function until(limit: AbortSignal, what: string, isReached: () => Promise<boolean>): Promise<void> {
  while (!(await isReached())) {
    if (limit.aborted) throw new Error(`waited ${withinSeconds} s in vain for ${what}`);
    await delay(everyMillis);
  }
}
