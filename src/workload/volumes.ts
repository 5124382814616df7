// The volumes we add to a training pod: the scratch volume behind checkpointDir and /dev/shm.
import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { volumeNamePrefix } from '../api/names.ts';
import type { TTSTrainingRunSpec } from '../api/run-spec.ts';
import type { AsJson } from './manifest.ts';

type Volume = AsJson<V1Volume>;
type Mount = AsJson<V1VolumeMount>;

const scratch = `${volumeNamePrefix}scratch`;
const sharedMemory = `${volumeNamePrefix}shm`;

export const scratchAt = (mountPath: string): Mount => ({ name: scratch, mountPath });

export const sharedMemoryMount: Mount = { name: sharedMemory, mountPath: '/dev/shm' };

/** True when the scratch volume is the node's own disk, which is then asked for as ephemeral storage. */
export const isOnNode = (spec: TTSTrainingRunSpec): boolean => spec.scratch.storageClassName === '';

/** The run's volumes and ours. */
export function buildVolumes(spec: TTSTrainingRunSpec): readonly Volume[] {
  const own: readonly Volume[] = [
    buildScratch(spec),
    // The size of a tmpfs is a limit that a writer meets as "no space left", never one that kills the pod.
    { name: sharedMemory, emptyDir: { medium: 'Memory', sizeLimit: spec.sharedMemory } },
  ];
  return [...own, ...(spec.podTemplate.spec.volumes ?? [])];
}

function buildScratch(spec: TTSTrainingRunSpec): Volume {
  const { size, storageClassName } = spec.scratch;
  // No sizeLimit: going beyond it kills the pod with one second of grace.
  if (isOnNode(spec)) return { name: scratch, emptyDir: {} };
  const claim = {
    accessModes: ['ReadWriteOnce'],
    storageClassName,
    resources: { requests: { storage: size } },
  };
  return { name: scratch, ephemeral: { volumeClaimTemplate: { spec: claim } } };
}
