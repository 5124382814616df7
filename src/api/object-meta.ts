// metadata, as people write it and as the API server gives it back. Kubernetes owns its schema: the CRDs say "type: object".
import { z } from 'zod';

const stringMap = z.record(z.string(), z.string());

/** What a manifest must say: the name. */
export const manifestMeta = z.object({
  name: z.string(),
  namespace: z.string().exactOptional(),
  labels: stringMap.exactOptional(),
  annotations: stringMap.exactOptional(),
});

const ownerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().exactOptional(),
});

/** What the API server adds; managedFields and the like are dropped. */
export const storedMeta = manifestMeta.extend({
  uid: z.string().min(1),
  resourceVersion: z.string().min(1),
  generation: z.int(),
  creationTimestamp: z.string(),
  deletionTimestamp: z.string().exactOptional(),
  ownerReferences: z.array(ownerReference).exactOptional(),
  finalizers: z.array(z.string()).exactOptional(),
});
