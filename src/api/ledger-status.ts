// status.attempts and status.totals of a TTSTrainingRun: the ledger, and the sums that outlive it. How each figure is measured stands
// in its description, which is also the documentation.
import { z } from 'zod';
import { causes } from '../domain/run/causes.ts';
import { entryMessageLimit } from '../domain/run/status.ts';
import { bytes, key, manySeconds, number, updates } from './counts.ts';
import { instant, text } from './scalars.ts';

const part = (what: string) => manySeconds().describe(what).exactOptional();

const segments = z.object({
  create: part(
    'From the interruption to the making of its pod, the wait after a failure included; absent for a first start and after a stop that was wanted.',
  ),
  schedule: part('From there until it was on a node.'),
  pull: part('From there until restore ran: volumes, sandbox, the image of the agents.'),
  flush: part('Of the time restore ran: how long it waited for the flush of the attempt before.'),
  restore: part('The rest of the time restore ran: choosing, fetching and proving the checkpoint.'),
  start: part("From there until the trainer's container ran: the start of sync, the image of the trainer."),
  firstUpdate: part('From there to firstUpdateAt: imports, loading the checkpoint, the first update.'),
});

/** One attempt */
export const ledgerEntry = z.object({
  number: number().describe('Number of the attempt; never used twice for a run name.'),
  repeats: number()
    .describe(
      'How many attempts in a row ended as this one did before a trainer ran, it included: one row stands for all.',
    )
    .exactOptional(),
  reservedBy: text(64)
    .describe(
      'Operator process that reserved the number. It alone may make the Job: another that finds nothing of the attempt gives the number up (NumberGivenUp).',
    )
    .exactOptional(),
  node: text(253).describe('Node its pod ran on.').exactOptional(),
  pod: text(253).describe('Name of its pod.').exactOptional(),
  cause: z.enum(causes).describe('Why it ended, or must end; absent while it goes on.').exactOptional(),
  exitCode: z
    .int32()
    .describe("The trainer's exit code, or that of the agent that ended before a trainer ran.")
    .exactOptional(),
  startedAt: instant.describe('When its pod was created.').exactOptional(),
  endedAt: instant.describe('When its pod was seen to have ended.').exactOptional(),
  stoppedAt: instant
    .describe(
      'When its training stopped: the deletion of its pod was asked for or its trainer ended, whichever came first.',
    )
    .exactOptional(),
  gpus: number().describe('GPUs its trainer asks for.').exactOptional(),
  firstUpdateAt: instant
    .describe("When the trainer's log first showed an update; absent while it cannot be read.")
    .exactOptional(),
  segments: segments
    .describe(
      'The way from the interruption of the attempt before to its first update; the parts follow each other, and one is absent while an end of it is unknown. Most of their ends are times of Kubernetes, which has whole seconds: a part of n took more than n-1 and less than n+1 seconds.',
    )
    .exactOptional(),
  resumedFrom: z
    .object({
      key: key().describe('Key of the checkpoint in the bucket.'),
      attempt: number().describe('Attempt that saved it.'),
      update: updates().describe('Update it was saved at.'),
    })
    .describe('Checkpoint it was started from; absent for a start from scratch.')
    .exactOptional(),
  initializedFrom: z
    .object({
      key: key().describe('Key of the object in the bucket.'),
      update: updates()
        .describe('Update it was saved at; absent when it holds weights only.')
        .exactOptional(),
      mode: z.enum(['Resume', 'WarmStart']).describe('Whether it counts on from there, or from 0.'),
    })
    .describe(
      'What it was started from as spec.initializeFrom says; absent when it had a checkpoint of its own.',
    )
    .exactOptional(),
  rollback: text(63).describe('Id of the rollback it was made to carry out.').exactOptional(),
  endUpdate: updates()
    .describe('Last update the trainer was seen to make: in its log, its files or the bucket.')
    .exactOptional(),
  savedUpdate: updates().describe('Newest update it left in the bucket.').exactOptional(),
  lostUpdates: updates()
    .describe(
      'Updates made but not saved: they are made again. Before endedAt some of them may still be saved.',
    )
    .exactOptional(),
  lostUpdatesIsLowerBound: z
    .boolean()
    .describe('true when updates after the last one seen may have been lost as well.')
    .exactOptional(),
  gpuSeconds: manySeconds()
    .describe(
      'GPUs times the seconds it held them: from its place on the node to the end of its last container.',
    )
    .exactOptional(),
  trainedSeconds: manySeconds()
    .describe("Seconds it trained: from firstUpdateAt (or its trainer's start) to stoppedAt (or endedAt).")
    .exactOptional(),
  lostGpuSeconds: manySeconds()
    .describe(
      'GPUs times the part of trainedSeconds that went into lostUpdates; a lower bound where lostUpdates is.',
    )
    .exactOptional(),
  message: z.string().max(entryMessageLimit).describe('What happened, in one sentence.').exactOptional(),
});

/** The sums */
export const totals = z.object({
  attempts: number().describe('Attempts made by this run.'),
  disruptions: number().describe(
    'Attempts ended by the cluster: evictions, preemptions, lost nodes. Those whose pod said that the trainer never ran are left out, as in restart.maxDisruptions.',
  ),
  failures: number().describe("Attempts ended by the trainer's own failure."),
  lostUpdates: updates().describe('Updates made but not saved, over all attempts.'),
  gpuSeconds: manySeconds().describe('GPU-seconds held by the attempts that have ended.').exactOptional(),
  lostGpuSeconds: manySeconds().describe('GPU-seconds that went into lost updates.').exactOptional(),
  usefulSeconds: manySeconds()
    .describe('Seconds trained by the attempts that have ended, without those that went into lost updates.')
    .exactOptional(),
  wallSeconds: manySeconds()
    .describe(
      'Seconds in which the run wanted to train, of the attempts that have ended: each from the interruption before it (or the making of its pod) until it stopped. Times of suspension, and of waiting for a person, are not among them.',
    )
    .exactOptional(),
  goodputPercent: z
    .int32()
    .min(0)
    .max(100)
    .describe('usefulSeconds of wallSeconds, in percent; absent before the first attempt has ended.')
    .exactOptional(),
  reclaimedBytes: bytes().describe('Bytes retention removed from the bucket.'),
  activeSeconds: z
    .int()
    .min(0)
    .describe('Seconds the attempts that have ended took, from the making of their pods.')
    .exactOptional(),
});
