// Mutual exclusion between processes of this machine by a file that names its holder. A lock whose holder died is taken over.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { isAlive, parseProcessRecord, recordProcess } from './process-record.ts';

const patienceMillis = 120_000;

// Linked into place: the file is never seen without its content.
function tryTake(file: string): boolean {
  const own = `${file}.${randomUUID()}`;
  writeFileSync(own, JSON.stringify(recordProcess(process.pid)));
  try {
    linkSync(own, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(own);
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

// Moved aside and looked at again: between reading and removing it somebody else may have taken it over already.
function removeIfStale(file: string): void {
  const text = read(file);
  const holder = text === undefined ? undefined : parseProcessRecord(text);
  if (text === undefined || (holder !== undefined && isAlive(holder))) return;
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== text) linkSync(aside, file);
    rmSync(aside, { force: true });
  } catch {
    // somebody else was quicker
  }
}

/** Runs `work` while no other process (and no other call in this one) holds the lock `file`. @throws after two minutes of waiting */
export async function withLock<T>(file: string, work: () => Promise<T> | T): Promise<T> {
  const deadline = Date.now() + patienceMillis;
  while (!tryTake(file)) {
    removeIfStale(file);
    if (Date.now() > deadline) throw new Error(`${file} is held by ${read(file) ?? 'nobody'} for too long`);
    await delay(20);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
