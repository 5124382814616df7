// What one store holds of each thing that usage is asked for: as a count of its bucket has it, or as the status of the store and of the runs do.
import type { CheckpointStore } from '../api/store.ts';
import type { StoreTally } from '../domain/store/tally.ts';
import type { Bytes } from '../domain/units.ts';

/** By what it is summed up. */
export type UsageKey =
  | { readonly is: 'Store' | 'Namespace' | 'Run' }
  | { readonly is: 'Label'; readonly label: string };

/** What one store holds of something. */
export interface Share {
  readonly name: string;
  readonly objects: number;
  readonly bytes: Bytes;
}

/** Of runs: their labels, and what their status says that they hold. */
export interface KnownRun extends Share {
  readonly labels: Readonly<Record<string, string>>;
  readonly store: string | undefined;
  readonly reclaimedBytes: Bytes;
}

export interface SharesQuestion {
  readonly key: UsageKey;
  readonly store: CheckpointStore;
  readonly known: readonly KnownRun[];
}

/** As the bucket was counted. */
export function fromTally(tally: StoreTally, question: SharesQuestion): readonly Share[] {
  const { current, noncurrent, unfinished } = tally;
  const { key, store, known } = question;
  switch (key.is) {
    case 'Store':
      return [
        {
          name: store.metadata.name,
          objects: current.objects + noncurrent.objects + unfinished.objects,
          bytes: current.bytes + noncurrent.bytes + unfinished.bytes,
        },
      ];
    case 'Namespace':
      return [...tally.namespaces].map(([name, { objects, bytes }]) => ({ name, objects, bytes }));
    case 'Run':
      return runShares(tally);
    case 'Label':
      return runShares(tally).map((share) => labelled(share, key.label, known));
  }
}

const runShares = ({ runs: tallied }: Pick<StoreTally, 'runs'>): readonly Share[] =>
  [...tallied].map(([name, { objects, bytes }]) => ({ name, objects, bytes }));

/** Of what lies outside of these namespaces, or, where it is not told apart by them, of everything. */
export function fromStatus(
  { key, store, known }: SharesQuestion,
  counted: ReadonlySet<string>,
): readonly Share[] {
  const own = known.filter(
    (run) =>
      run.store === store.metadata.name &&
      run.objects > 0 &&
      !counted.has(run.name.slice(0, run.name.indexOf('/'))),
  );
  switch (key.is) {
    case 'Store':
      return storeShare(store);
    case 'Namespace':
      return (store.status?.usage?.namespaces ?? [])
        .filter(({ namespace }) => !counted.has(namespace))
        .map(({ namespace, objects, bytes }) => ({ name: namespace, objects, bytes }));
    case 'Run':
      return own;
    case 'Label':
      return own.map((share) => labelled(share, key.label, known));
  }
}

function storeShare({ metadata, status }: CheckpointStore): readonly Share[] {
  if (status?.usage === undefined) return [];
  const { objects, noncurrentVersions, unfinishedUploads, totalBytes } = status.usage;
  const all = objects + noncurrentVersions + unfinishedUploads;
  return [{ name: metadata.name, objects: all, bytes: totalBytes }];
}

/** How runs are called that have no such label, or that are gone. */
const withoutLabel = '(none)';

export const labelled = (share: Share, label: string, known: readonly KnownRun[]): Share => ({
  ...share,
  name: known.find(({ name }) => name === share.name)?.labels[label] ?? withoutLabel,
});
