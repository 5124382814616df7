// One turn of one client: a process from start to end under the stopwatch, and what it cost. The result is checked: a client that
// did not move the bytes has no figures.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync, readdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What one turn cost. */
export interface Figures {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

export interface Job {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /**
   * For a daemon: called once it watches its directory, to give it its work; then it is told to end. The wall time is
   * from there to its end.
   */
  readonly release?: () => void;
}

interface Measurement extends Figures {
  readonly status: number;
}

/** Runs a job. @throws with the end of its output when it fails */
export async function measure(stopwatch: string, file: string, job: Job): Promise<Figures> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...job.env };
  const child = spawn(stopwatch, ['measure', file, ...job.command], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  const ended = once(child, 'close');
  let released: number | undefined;
  if (job.release !== undefined) {
    await untilWatching(`${file}.pid`, () => child.exitCode !== null);
    job.release();
    released = performance.now();
    child.kill('SIGTERM');
  }
  await ended;
  const since = released === undefined ? undefined : (performance.now() - released) / 1000;
  const { status, ...figures } = readMeasurement(file, said);
  rmSync(`${file}.pid`, { force: true });
  if (status !== 0) throw new Error(`${job.command[0]} ended with ${status}: ${said.trim().slice(-1500)}`);
  return since === undefined ? figures : { ...figures, wallSeconds: since };
}

function readMeasurement(file: string, said: string): Measurement {
  try {
    const measured = JSON.parse(readFileSync(file, 'utf8')) as Measurement;
    rmSync(file);
    return measured;
  } catch (cause) {
    throw new Error(`nothing was measured: ${said.trim().slice(-1500)}`, { cause });
  }
}

/** The process has an inotify descriptor: its handlers stand and it watches. */
function isWatching(pid: string): boolean {
  try {
    const descriptors = `/proc/${pid}/fd`;
    return readdirSync(descriptors).some((fd) => readlinkSync(`${descriptors}/${fd}`).includes('inotify'));
  } catch {
    return false;
  }
}

async function untilWatching(pidFile: string, hasEnded: () => boolean): Promise<void> {
  const latest = performance.now() + 60_000;
  while (performance.now() < latest && !hasEnded()) {
    try {
      if (isWatching(readFileSync(pidFile, 'utf8'))) return;
    } catch {
      // not started yet
    }
    await sleep(20);
  }
}
