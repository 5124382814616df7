// Writes a pin into the bucket, or takes one away: only over exactly what was read of it.
import { formatRunObject } from '../../domain/bucket/keys.ts';
import type { PinChange } from '../../domain/retention/pin-mirror.ts';
import { formatPin } from '../../observation/pin-documents.ts';
import { ObjectStoreError } from '../../ports/objects.ts';
import type { StoredRun } from '../sweep/logged-deletion.ts';
import { deleteKeys } from '../sweep/key-deletion.ts';

/** Carries the change out. @throws ObjectStoreError, PreconditionFailed where somebody else wrote meanwhile */
export async function carryOutPinChange(
  place: StoredRun,
  change: PinChange,
  signal: AbortSignal,
): Promise<void> {
  const { attempt: attemptNumber, update } = change;
  const key = place.prefix + formatRunObject({ is: 'Pin', attemptNumber, update });
  if (change.change === 'Write') {
    const bytes = formatPin(change, change.words);
    const condition = change.over === undefined ? 'absent' : { etag: change.over };
    await place.objects.put({ key, bytes, condition }, signal);
    return;
  }
  const now = await place.objects.head(key, signal);
  if (now === undefined) return;
  if (now.etag !== change.etag)
    throw new ObjectStoreError('PreconditionFailed', `${key} is not what it was when it was read`);
  const [failure] = await deleteKeys({ ...place, keys: [key] }, signal);
  if (failure !== undefined)
    throw new ObjectStoreError('Refused', `${key} cannot be deleted: ${failure.code}: ${failure.message}`);
}
