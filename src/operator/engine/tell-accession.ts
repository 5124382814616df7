// The Event that says who leads now. A courtesy: one that cannot be written is logged, not retried.
import type { Clock } from '../../ports/clock.ts';
import type { Cluster, ObjectName } from '../../ports/cluster.ts';
import { coreEvents, leases } from '../../ports/kinds.ts';
import type { Log } from '../../ports/log.ts';
import type { Accession } from './election.ts';
import { eventManifest } from './event-manifest.ts';

export interface TellerWorld {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tells, on the Lease of this name, how the tenure began. */
export async function tellAccession(
  { cluster, clock, log }: TellerWorld,
  { lease, accession }: { readonly lease: Required<ObjectName>; readonly accession: Accession },
  signal: AbortSignal,
): Promise<void> {
  const { identity, former } = accession;
  const { uid, transitions } = accession.lease;
  const after = former === undefined ? 'it was free' : `${former} had not renewed the Lease`;
  const manifest = eventManifest(
    {
      regarding: { apiVersion: `${leases.group}/${leases.version}`, kind: leases.kind, ...lease, uid },
      type: 'Normal',
      reason: 'LeaderElected',
      action: 'Lead',
      message: `${identity} leads (transition ${transitions}): ${after}`,
    },
    clock.now(),
  );
  try {
    await cluster.create(coreEvents, manifest, signal);
  } catch (cause) {
    if (!signal.aborted) log.warn({ err: cause }, 'the Event about the new leader could not be written');
  }
}
