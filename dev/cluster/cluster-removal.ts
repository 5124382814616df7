// Removes a cluster, whatever state it is in, given only its directory: ends its processes and deletes what it made. Idempotent;
// every way a cluster can end (stop, a dead parent, a crash found later) goes through here.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { removeNodes } from '../node/node-removal.ts';
import { releaseSlot, slotOf, takenSlots } from '../node/slot.ts';
import { withLock } from '../process/file-lock.ts';
import { endMarkedProcesses } from '../process/marked-process.ts';
import { stopRecorded } from '../process/server.ts';
import { describeError } from '../progress/polling.ts';
import type { Report } from '../progress/report.ts';
import { abandonedDirectories } from './cluster-directory.ts';

function recordedNames(directory: string): readonly string[] {
  const records = join(directory, 'processes');
  return existsSync(records) ? readdirSync(records).map((file) => basename(file, '.json')) : [];
}

// For finding out afterwards why a test failed: with REPRISE_LOGS set to a directory, logs survive there.
function keepLogs(directory: string): void {
  const target = process.env['REPRISE_LOGS'] ?? '';
  const logs = join(directory, 'logs');
  if (target !== '' && existsSync(logs)) cpSync(logs, join(target, basename(directory)), { recursive: true });
}

async function removeAlone(directory: string): Promise<void> {
  await Promise.all(recordedNames(directory).map((name) => stopRecorded(directory, name, 0)));
  await endMarkedProcesses(directory);
  const slot = slotOf(directory);
  if (slot !== undefined) {
    await removeNodes(slot);
    await releaseSlot(slot);
  }
  keepLogs(directory);
  rmSync(directory, { recursive: true, force: true });
}

/** Ends every process of the cluster in `directory` and deletes the directory. Its data are gone afterwards. */
export async function removeCluster(directory: string): Promise<void> {
  const key = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  await withLock(join(tmpdir(), `reprise-removing-${key}`), () => removeAlone(directory));
}

/** Removes what tests left behind whose process died. A failure is reported: it must not keep others from starting theirs. */
export async function removeAbandoned(report: Report): Promise<void> {
  const lost = takenSlots().filter(({ owner }) => !existsSync(owner));
  for (const directory of [...abandonedDirectories(), ...lost.map(({ owner }) => owner)]) {
    try {
      await removeCluster(directory);
      report(`removed a cluster whose owner had died: ${directory}`);
    } catch (thrown) {
      report(`cannot remove a cluster whose owner had died, ${directory}: ${describeError(thrown)}`);
    }
  }
}
