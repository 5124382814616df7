// The mark of a graceful node shutdown. A kubelet shuts down gracefully with systemd alone, which a local node does not have, so its
// mark is written here: as that kubelet would, with its own credentials. What it would end as well has to be ended by the test.
import { join } from 'node:path';
import { placesOf, slotOf } from '../../../dev/node/slot.ts';
import type { Pod } from '../../../src/ports/kube-objects.ts';
import { ApiClient } from './api-client.ts';
import { podPath } from './run-view.ts';
import { stage } from './stage.ts';

/** Of the kubelet of a node. */
function kubeconfigOf(node: string): string {
  const slot = slotOf(stage().directory);
  const place = slot && placesOf(slot).find(({ cgroup }) => cgroup.endsWith(`-${node}`));
  if (place === undefined) throw new Error(`there is no node ${node} on this machine`);
  return join(place.directory, 'kubelet.kubeconfig');
}

// The words of kubelet's manager of node shutdowns.
const mark = {
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'TerminationByKubelet',
  message: 'Pod was terminated in response to imminent node shutdown.',
};

/** Marks the pod, as its kubelet. */
export async function markAsShutDown({ metadata, spec, status }: Pod): Promise<void> {
  const kubelet = new ApiClient(kubeconfigOf(spec?.nodeName ?? ''));
  const path = `${podPath(metadata.namespace ?? '', metadata.name)}/status`;
  const conditions = [...(status?.conditions ?? []), mark];
  await kubelet.change({ method: 'PATCH', path, body: { status: { conditions } } });
}
