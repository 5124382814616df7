// status.usage of a CheckpointStore: how much lies in it. It is counted by the sweep; nothing is decided by it.
import { z } from 'zod';
import { mostNamespacesTold } from '../domain/store/usage.ts';
import { instant, text } from './scalars.ts';

const count = (what: string): z.ZodInt => z.int().min(0).describe(what);

const namespaceUsage = z.object({
  namespace: text(63).describe('The namespace.'),
  objects: count('Objects, old versions and unfinished uploads below it.'),
  bytes: count('Their bytes.'),
});

export const storeUsage = z.object({
  objects: count('Objects, without old versions.'),
  bytes: count('Their bytes.'),
  noncurrentVersions: count('Old versions and delete markers, in a bucket that keeps them.'),
  noncurrentBytes: count('Their bytes.'),
  unfinishedUploads: count(
    'Uploads that were neither completed nor given up: those that run now, and what dead ones left.',
  ),
  unfinishedBytes: count('The bytes that the store keeps of them.'),
  unknownObjects: count(
    'Of the objects, those with names that Reprise does not write; they are never touched.',
  ),
  unknownBytes: count('Their bytes.'),
  totalBytes: count('The bytes of objects, old versions and unfinished uploads: what is billed.'),
  orphanedRuns: count('Runs with objects here that do not exist any more.').exactOptional(),
  orphanedBytes: count('The bytes of their objects.').exactOptional(),
  unclaimedRuns: count(
    'Of these, the places without a run.json of this cluster: nobody knows whose they are, and they are never touched. The log names them.',
  ).exactOptional(),
  unclaimedBytes: count('The bytes of their objects.').exactOptional(),
  costPerMonth: text(32)
    .describe('totalBytes for a month, at spec.pricePerGiBMonth, in its currency.')
    .exactOptional(),
  namespaces: z
    .array(namespaceUsage)
    .max(mostNamespacesTold)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(`The namespaces with most bytes, at most ${mostNamespacesTold}.`),
  countedAt: instant.describe('When a sweep first counted this; later ones found the same.'),
  sweptAt: instant
    .describe(
      'When a sweep last counted this. While sweeps find the same, it is written at most once in an hour.',
    )
    .exactOptional(),
});
