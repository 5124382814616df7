// Writes the Events of a pass.
import { apiVersion, runNames } from '../../api/names.ts';
import type { RunEvent } from '../../domain/run/decision.ts';
import { cacheKey, ClusterError, type Manifest } from '../../ports/cluster.ts';
import { coreEvents } from '../../ports/kinds.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import { eventManifest } from '../engine/event-manifest.ts';
import type { World } from './world.ts';

/** Tells what has happened to the run. Events are a courtesy: one that cannot be written is logged, not retried. */
export async function tell(
  world: World,
  { run, told }: { readonly run: Pick<KubeObject, 'metadata'>; readonly told: readonly RunEvent[] },
  signal: AbortSignal,
): Promise<void> {
  for (const event of told) {
    try {
      await world.cluster.create(coreEvents, manifest(world, run, event), signal);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof ClusterError && cause.code === 'AlreadyExists') continue;
      world.log.warn(
        { run: cacheKey(run.metadata), reason: event.reason, err: cause },
        'an Event could not be written',
      );
    }
  }
}

function manifest({ clock }: World, run: Pick<KubeObject, 'metadata'>, told: RunEvent): Manifest {
  const { name, namespace = '', uid } = run.metadata;
  const regarding = { apiVersion, kind: runNames.kind, name, namespace, uid };
  return eventManifest({ ...told, regarding, action: 'Reconcile' }, clock.now());
}
