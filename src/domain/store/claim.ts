// Whose a prefix is. What another cluster claimed is never touched; what a store of this cluster left behind is taken over.

export interface StoreClaim {
  readonly clusterUid: string;
  readonly store: string;
}

/** A claim as it was found in the bucket, below which prefix. */
export interface FoundClaim {
  readonly prefix: string;
  readonly claim: StoreClaim;
  readonly etag: string;
}

export interface ClaimQuestion {
  readonly ours: StoreClaim;
  readonly prefix: string;
  /** At the prefix itself and at those around it. */
  readonly found: readonly FoundClaim[];
  /** The names of every store of this cluster. */
  readonly stores: ReadonlySet<string>;
  /** The UIDs of former clusters whose claims this store takes over. */
  readonly adoptClusters: readonly string[];
}

export type ClaimVerdict =
  | { readonly kind: 'Held' }
  /** Write ours, over exactly the object with this ETag, or where there is none. */
  | { readonly kind: 'Make'; readonly over: string | undefined }
  | { readonly kind: 'Refused'; readonly reason: 'ForeignClaim' | 'PrefixOverlaps'; readonly detail: string };

/** What to do about the claim of a prefix. */
export function judgeClaim(question: ClaimQuestion): ClaimVerdict {
  const { ours, prefix, found } = question;
  const strange = found.filter(({ claim }) => isLiving(claim, question) && !isSame(claim, ours));
  const here = strange.find((other) => other.prefix === prefix);
  if (here !== undefined)
    return { kind: 'Refused', reason: 'ForeignClaim', detail: describe(here, question) };
  const [around] = strange;
  if (around !== undefined)
    return { kind: 'Refused', reason: 'PrefixOverlaps', detail: describe(around, question) };
  const own = found.find((claim) => claim.prefix === prefix);
  if (own !== undefined && isSame(own.claim, ours)) return { kind: 'Held' };
  return { kind: 'Make', over: own?.etag };
}

const isSame = (a: StoreClaim, b: StoreClaim): boolean =>
  a.clusterUid === b.clusterUid && a.store === b.store;

// Of another cluster's stores nothing is known: they all live, unless a person says that the cluster is no more.
const isLiving = (claim: StoreClaim, { ours, stores, adoptClusters }: ClaimQuestion): boolean =>
  claim.clusterUid === ours.clusterUid ? stores.has(claim.store) : !adoptClusters.includes(claim.clusterUid);

function describe({ prefix, claim }: FoundClaim, { ours }: ClaimQuestion): string {
  const whose =
    claim.clusterUid === ours.clusterUid ? 'this cluster' : `the cluster with UID ${claim.clusterUid}`;
  return `"${prefix}" belongs to CheckpointStore ${claim.store} of ${whose}`;
}
