// spec of a TTSTrainingRun: what a person wants. Defaults stand here and nowhere else; the API server and zod fill them alike.
import { z } from 'zod';
import { labelValue, podTemplate } from './pod-template.ts';
import { pins, retention } from './retention-spec.ts';
import { ruled } from './rules.ts';
import { day, objectName, optionalObjectName, seconds, sizeQuantity } from './scalars.ts';
import { initializeFrom, rollback } from './start-spec.ts';
import { trainer } from './trainer.ts';

const gpuProduct = labelValue.min(1);

const scratch = z.object({
  size: sizeQuantity
    .default('40Gi')
    .describe(
      'Local disk for checkpoints (default 40Gi): an ephemeral-storage request, or the size of the claim when storageClassName is set.',
    ),
  storageClassName: optionalObjectName
    .default('')
    .describe(
      'Storage class of the scratch volume, made anew for each attempt; default: "", the node\'s own disk.',
    ),
});

const sync = z.object({
  modelLastEverySeconds: seconds(1, day)
    .default(300)
    .describe(
      'Seconds between uploads of model_last.pt, at least (default 300); the newest wins. Step checkpoints are all uploaded.',
    ),
  maxBytesPerSecond: sizeQuantity
    .describe(
      'Bytes per second uploads may take of the network, such as 100Mi; default: all there is. When a pod ends it gives way as far as its grace demands.',
    )
    .exactOptional(),
});

const count = (max: number): z.ZodInt32 => z.int32().min(1).max(max);

const restart = z.object({
  maxFailures: count(1000)
    .default(3)
    .describe(
      'Failures of the trainer without progress between them after which the run is Failed (default 3); disruptions do not count.',
    ),
  maxDisruptions: count(100_000)
    .describe(
      'Evictions, preemptions, lost nodes … without progress between them after which the run is Failed; those of pods whose trainer never ran do not count; default: they never end a run.',
    )
    .exactOptional(),
  nodeLostAfterSeconds: seconds(0, day)
    .default(60)
    .describe('Seconds an unreachable node is waited for before the attempt is given up (default 60).'),
  acceptWorldSize: z
    .int32()
    .min(0)
    .max(1024)
    .describe(
      "Number of GPUs the run may go on with though its checkpoint was trained on another number, which bends F5-TTS's learning-rate schedule; default: none.",
    )
    .exactOptional(),
  hungAfterSeconds: seconds(10, 30 * day)
    .describe(
      'Seconds without a new update in the log and without a save after which the trainer is taken to hang; default: it never is.',
    )
    .exactOptional(),
  onHung: z
    .enum(['Report', 'Restart'])
    .default('Report')
    .describe(
      'What is done then: say so (default Report), or end the attempt, as a failure, and start another (Restart).',
    ),
});

const spec = z.object({
  store: objectName
    .describe(
      'CheckpointStore of the checkpoints; default: the store annotated reprise.dev/is-default-store. Immutable once the run has one.',
    )
    .exactOptional(),
  trainer: trainer.describe('The container that trains.'),
  podTemplate: podTemplate
    .prefault({})
    .describe('What else the training pods need: volumes, placement, labels.'),
  gpuProducts: z
    .array(gpuProduct)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'set' })
    .describe(
      'GPU products to run on, any of them, as in the node label nvidia.com/gpu.product; default: any.',
    )
    .exactOptional(),
  scratch: scratch.prefault({}).describe('The local volume behind checkpointDir.'),
  sharedMemory: sizeQuantity
    .default('8Gi')
    .describe('Size of /dev/shm, where data loader workers pass batches (default 8Gi); it counts as memory.'),
  initializeFrom: initializeFrom
    .describe(
      'What to start from while the run has no checkpoint of its own; default: from scratch. Immutable.',
    )
    .exactOptional(),
  rollback: rollback
    .describe('Ends the current attempt and starts the next from an earlier checkpoint, once per id.')
    .exactOptional(),
  sync: sync.prefault({}).describe('How checkpoints reach the store.'),
  retention: retention
    .describe(
      'Which checkpoints stay in the store; any rule that matches keeps. Default: every step checkpoint, and the two newest of model_last.',
    )
    .exactOptional(),
  pins: pins
    .describe('Checkpoints that stay whatever retention says, by update and attempt; default: none.')
    .exactOptional(),
  restart: restart.prefault({}).describe('When and how often a new attempt is made.'),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe(
      'What happens to the checkpoints when the run is deleted: Retain (default), they stay; Delete, they are deleted after the grace time, unless a new run of this name has taken them over.',
    ),
  suspend: z
    .boolean()
    .default(false)
    .describe(
      'true ends the current attempt, flushes what it has on disk and makes no new one (default false).',
    ),
  suspendMode: z
    .enum(['Now', 'AfterNextSave'])
    .default('AfterNextSave')
    .describe(
      'When suspend ends a trainer that runs: after the next checkpoint it saves (default AfterNextSave), or Now. A trainer that began less than 30 s ago is ended at once.',
    ),
  suspendDeadlineSeconds: seconds(0, 7 * day)
    .default(3600)
    .describe('Seconds AfterNextSave waits for that checkpoint, at most (default 3600).'),
  activeDeadlineSeconds: seconds(1, 10 * 365 * day)
    .describe(
      'Seconds all attempts together may take, from the making of their pods to their ends, before the run is Failed; default: no limit. It may be raised at any time.',
    )
    .exactOptional(),
  podTTLSecondsAfterFinished: seconds(0, 365 * day)
    .default(86_400)
    .describe(
      'Seconds the Job and pod of an attempt stay once its end is in status.attempts (default 86400), to be looked at.',
    ),
});

const isMountable =
  'has(self.podTemplate.spec.volumes) && self.podTemplate.spec.volumes.exists(v, v.name == m.name)';

function unknownMount({
  trainer: { volumeMounts = [] },
  podTemplate: template,
}: z.output<typeof spec>): string | undefined {
  const volumes = template.spec.volumes?.map(({ name }) => name) ?? [];
  return volumeMounts.find(({ name }) => !volumes.includes(name))?.name;
}

/** spec of a TTSTrainingRun, with the rules that span several of its parts. */
export const runSpec = ruled(spec, [
  {
    cel: `!has(self.trainer.volumeMounts) || self.trainer.volumeMounts.all(m, ${isMountable})`,
    message:
      'no volume of this name is in podTemplate.spec.volumes: add the volume there, or correct the name of the mount',
    holds: (value) => unknownMount(value) === undefined,
    fieldPath: '.trainer.volumeMounts',
    culprit: { cel: `self.trainer.volumeMounts.map(m, !(${isMountable}), m.name)[0]`, of: unknownMount },
  },
]);

export type TTSTrainingRunSpec = z.output<typeof runSpec>;
