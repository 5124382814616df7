// What a delete does to an object at first: gone at once, or marked and waiting for its finalizers or its grace.
import type { Pod } from '../../../src/ports/kube-objects.ts';
import type { StoredObject } from './journal.ts';
import { formatTime, type Table } from './object-rows.ts';

export interface DeletionRequest {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly gracePeriodSeconds?: number | undefined;
}

const foreground = 'foregroundDeletion';

/** Whether a kubelet has to stop something before the object may go. */
function isRunningPod(table: Table, object: StoredObject): boolean {
  if (table.plural !== 'pods' || table.group !== '') return false;
  const { spec, status }: Pod = object;
  return spec?.nodeName !== undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/** Seconds a pod may still run; an unscheduled or finished pod, and everything else, has none. */
function graceSeconds(table: Table, object: StoredObject, request: DeletionRequest): number {
  if (!isRunningPod(table, object)) return 0;
  const { spec }: Pod = object;
  const asked = request.gracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30;
  const left = object.metadata.deletionGracePeriodSeconds;
  return left === undefined ? asked : Math.min(left, asked);
}

/** The object marked for deletion, or undefined when nothing holds it back. */
export function markDeleted(
  table: Table,
  object: StoredObject,
  { request, now, hasDependents }: { request: DeletionRequest; now: number; hasDependents: boolean },
): StoredObject | undefined {
  const waits = request.propagation === 'Foreground' && hasDependents;
  const had = object.metadata.finalizers ?? [];
  const finalizers = waits && !had.includes(foreground) ? [...had, foreground] : had;
  const grace = graceSeconds(table, object, request);
  if (finalizers.length === 0 && grace === 0) return undefined;
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  const marked = deletionTimestamp !== undefined && deletionGracePeriodSeconds === grace;
  const metadata = {
    ...object.metadata,
    ...(finalizers.length === 0 ? {} : { finalizers }),
    deletionTimestamp: marked ? deletionTimestamp : formatTime(now + grace * 1000),
    deletionGracePeriodSeconds: grace,
  };
  return { ...object, metadata };
}

/** Whether a marked object may go: no finalizer left, no grace left. */
export const isFinished = ({ metadata }: StoredObject): boolean =>
  metadata.deletionTimestamp !== undefined &&
  (metadata.finalizers ?? []).length === 0 &&
  (metadata.deletionGracePeriodSeconds ?? 0) === 0;

/** The object without the finalizer that makes it wait for its dependents. */
export function releaseForeground(object: StoredObject): StoredObject {
  const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== foreground);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

export const waitsForDependents = ({ metadata }: StoredObject): boolean =>
  (metadata.finalizers ?? []).includes(foreground);
