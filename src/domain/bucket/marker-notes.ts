// What run.json keeps of a run beyond the object's own life: by what policies select what it leaves, what it wished, since when it is gone.
import type { Labels } from '../store/label-selector.ts';
import type { Instant } from '../units.ts';

export interface MarkerNotes {
  readonly labels?: Labels;
  /** Of its namespace; absent: unknown. */
  readonly namespaceLabels?: Labels;
  /** Absent: Retain. */
  readonly deletionPolicy?: 'Retain' | 'Delete';
  /** Since when no listing of runs has the run, as the store noted; absent: not that anybody knew. */
  readonly gone?: { readonly since: Instant };
}
