// .reprise-store.json: which store of which cluster a prefix belongs to. Written by the operator alone, conditionally, before
// anything else below the prefix.
import { z } from 'zod';
import { type DocumentCodec, documentCodec } from './document.ts';

const schema = z.object({
  version: z.literal(1),
  /** The UID of the cluster's kube-system namespace. */
  clusterUid: z.string().min(1),
  /** The name of the CheckpointStore. */
  store: z.string().min(1),
});

export type StoreDocument = z.output<typeof schema>;

export const storeDocument: DocumentCodec<StoreDocument> = documentCodec(
  schema,
  'Remove it if no other cluster and no other CheckpointStore uses this prefix; it is then made anew. Else create a CheckpointStore with another prefix.',
);
