// What wakes a run: changes of the run itself, of its Jobs and pods, and of its store. Keys only; the pass reads the rest.
import { labels } from '../../api/names.ts';
import { type Cache, cacheKey } from '../../ports/cluster.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import type { World } from './world.ts';

/** Calls `wake` with a run's key whenever something about it may have changed. */
export function watchTriggers(world: World, wake: (key: string) => void): void {
  world.runs.onChange(({ key }) => wake(key));
  wakeByLabel(world.jobs, wake);
  wakeByLabel(world.pods, wake);
}

function wakeByLabel<T extends KubeObject>(cache: Cache<T>, wake: (key: string) => void): void {
  cache.onChange(({ before, after }) => {
    const { namespace, labels: carried } = (after ?? before)?.metadata ?? {};
    const name = carried?.[labels.run];
    if (name !== undefined && namespace !== undefined) wake(cacheKey({ namespace, name }));
  });
}
