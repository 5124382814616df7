// Pods that a test puts on their node itself, and when it wants: the scheduler leaves them alone.
import type { Pod } from '../../../src/ports/kube-objects.ts';
import { eventually } from './patience.ts';
import { podPath } from './run-view.ts';
import { stage } from './stage.ts';
import type { TestedRun } from './tested-run.ts';

/** Of a run's spec: no scheduler has this name. */
export const unscheduled = { podTemplate: { spec: { schedulerName: 'nobody' } } } as const;

/** Puts the pod of the first attempt on a node, once there is one. Returns its name. */
export async function bindByHand(run: TestedRun, node: string): Promise<string> {
  let pod: Pod | undefined;
  await eventually({
    otherwise: `${run.namespace}: there is no pod to bind`,
    check: async () => {
      pod = await run.pod(1);
      return pod === undefined ? 'there is none' : undefined;
    },
  });
  const name = pod?.metadata.name ?? '';
  const target = { apiVersion: 'v1', kind: 'Node', name: node };
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target };
  await stage().api.change({ method: 'POST', path: `${podPath(run.namespace, name)}/binding`, body });
  return name;
}
