// Removes a cluster, whatever state it is in, given only its directory: ends its processes and deletes what it made. Idempotent;
// every way a cluster can end (stop, a dead parent, a crash found later) goes through here.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { abandonedDirectories } from './cluster-directory.ts';
import { endMarkedProcesses } from './marked-process.ts';
import { removeNodes } from './node-removal.ts';
import type { Report } from './report.ts';
import { stopRecorded } from './server.ts';
import { releaseSlot, slotOf, takenSlots } from './slot.ts';

function recordedNames(directory: string): readonly string[] {
  const records = join(directory, 'processes');
  return existsSync(records) ? readdirSync(records).map((file) => basename(file, '.json')) : [];
}

/** Ends every process of the cluster in `directory` and deletes the directory. Its data are gone afterwards. */
export async function removeCluster(directory: string): Promise<void> {
  await Promise.all(recordedNames(directory).map((name) => stopRecorded(directory, name, 0)));
  await endMarkedProcesses(directory);
  const slot = slotOf(directory);
  if (slot !== undefined) {
    await removeNodes(slot);
    releaseSlot(slot);
  }
  rmSync(directory, { recursive: true, force: true });
}

/** Removes what tests left behind whose process died. */
export async function removeAbandoned(report: Report): Promise<void> {
  for (const directory of abandonedDirectories()) {
    report(`removing a cluster whose owner died: ${directory}`);
    await removeCluster(directory);
  }
  const lost = takenSlots().filter(({ owner }) => !existsSync(owner));
  for (const { owner } of lost) await removeCluster(owner);
}
