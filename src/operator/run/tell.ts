// Writes the Events of a pass. An Event is named after what it says, so that a pass repeated after a crash says it once.
import { apiVersion, runNames } from '../../api/names.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import type { RunEvent } from '../../domain/run/decision.ts';
import { formatTime } from '../../domain/time.ts';
import { cacheKey, ClusterError, type Manifest } from '../../ports/cluster.ts';
import { events } from '../../ports/kinds.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import type { World } from './world.ts';

/** The API server's limit on an Event's note. */
const longestNote = 1024;

/** Tells what has happened to the run. Events are a courtesy: one that cannot be written is logged, not retried. */
export async function tell(
  world: World,
  { run, told }: { readonly run: Pick<KubeObject, 'metadata'>; readonly told: readonly RunEvent[] },
  signal: AbortSignal,
): Promise<void> {
  for (const event of told) {
    try {
      await world.cluster.create(events, manifest(world, run, event), signal);
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

function manifest(
  { clock }: World,
  run: Pick<KubeObject, 'metadata'>,
  { type, reason, message }: RunEvent,
): Manifest {
  const { name, namespace = '', uid } = run.metadata;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${name}.${fingerprintOf([uid, reason, message])}`, namespace },
    regarding: { apiVersion, kind: runNames.kind, name, namespace, uid },
    type,
    reason,
    action: 'Reconcile',
    note: message.slice(0, longestNote),
    reportingController: 'reprise.dev/operator',
    reportingInstance: 'reprise-operator',
    // MicroTime: exactly six digits, or the API server refuses it.
    eventTime: formatTime(clock.now()).replace('Z', '.000000Z'),
  };
}
