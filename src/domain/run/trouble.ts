// Why a pod that was made does not start: kubelet's and the scheduler's words turned into a sentence with a cure.
import type { ContainerFacts, PodFacts } from './facts.ts';

export interface Trouble {
  readonly reason: string;
  /** With the cure at its end. */
  readonly message: string;
  readonly cure: string;
  /** True when only a change of the run or the cluster's objects helps; false when waiting may. */
  readonly needsPerson: boolean;
}

/** What keeps the pod from starting; undefined when nothing is known to. */
export function startTrouble(pod: PodFacts | undefined): Trouble | undefined {
  if (pod === undefined) return undefined;
  if (pod.unschedulable !== undefined) {
    const message = `no node can take its pod: ${pod.unschedulable} ${unschedulableCure}`;
    return { reason: 'Unschedulable', message, cure: unschedulableCure, needsPerson: false };
  }
  return (
    containerTrouble('restore', pod.restore) ??
    containerTrouble('sync', pod.sync) ??
    containerTrouble('trainer', pod.trainer)
  );
}

/** The same for an attempt that has no pod, from the Job controller's words. The pod's name in them is another each time. */
export function refusedPod(attempt: number, words: string): Trouble {
  const why = words
    .replace(/^Error creating: /, '')
    .replace(/^pods "[^"]*" is (forbidden|invalid): /i, '')
    .replace(/\.$/, '');
  const cure = 'Change what it names, or make room for it; the pod is tried again by itself.';
  const message = `attempt ${attempt} has no pod, because the API server refuses it: ${why}. ${cure}`;
  return { reason: 'PodRefused', message, cure, needsPerson: true };
}

/** What keeps sync from carrying checkpoints while the trainer lives; undefined when it runs. */
export function syncTrouble(pod: PodFacts | undefined): string | undefined {
  if (pod?.sync === undefined || pod.trainer?.state !== 'Running' || pod.sync.state === 'Running')
    return undefined;
  const { lastExit, exitCode = lastExit?.exitCode } = pod.sync;
  if (exitCode === undefined) return undefined;
  return `container sync of pod ${pod.name} keeps ending (exit code ${exitCode}): what the trainer saves stays on its node until sync runs. See kubectl logs -c sync --previous, and the Secret and address of the CheckpointStore.`;
}

const unschedulableCure =
  'Compare trainer.resources.limits and gpuProducts with the nodes (kubectl describe nodes).';

const cures: Readonly<Record<string, string>> = {
  ErrImagePull: 'Check the image name, its registry and podTemplate.spec.imagePullSecrets.',
  ImagePullBackOff: 'Check the image name, its registry and podTemplate.spec.imagePullSecrets.',
  ErrImageNeverPull:
    'The image is not on the node and imagePullPolicy is Never: load it onto the node, or change imagePullPolicy.',
  InvalidImageName: 'Correct trainer.image.',
  CreateContainerConfigError: 'Make the Secret or ConfigMap it names, in the namespace of the run.',
  CreateContainerError: 'Correct trainer.command, workingDir or volumeMounts.',
  RunContainerError: 'Correct trainer.command: the program could not be started in its image.',
};

function containerTrouble(name: string, container: ContainerFacts | undefined): Trouble | undefined {
  const reason = container?.state === 'Waiting' ? container.reason : undefined;
  const cure = reason === undefined ? undefined : cures[reason];
  if (reason === undefined || cure === undefined) return undefined;
  const detail = container?.message === undefined ? '' : ` (${container.message})`;
  return {
    reason,
    message: `container ${name} cannot start: ${reason}${detail}. ${cure}`,
    cure,
    needsPerson: true,
  };
}
