// One long-running program of the cluster: started detached with its output in a log file and its pid in a record, stopped by that
// record. It must never end a process that it did not start.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, waitUntil } from '../progress/polling.ts';
import { markOf } from './marked-process.ts';
import {
  endProcess,
  isAlive,
  parseProcessRecord,
  recordProcess,
  signalProcess,
  type ProcessRecord,
} from './process-record.ts';

/** How to run one server. */
export interface ServerSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** the cluster's directory: records go to processes/, output to logs/ */
  readonly directory: string;
  readonly readyWithinSeconds?: number;
  readonly graceSeconds?: number;
  /** undefined when it serves, else why not yet */
  ready(signal: AbortSignal): Promise<string | undefined>;
}

/** The handle of a server; it works from any process that knows the spec. */
export interface Server {
  readonly name: string;
  readonly logFile: string;
  /** Starts it and waits until it is ready; nothing when it already runs. @throws with the end of its log. */
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL; nothing when it does not run. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** @throws when it does not run */
  signal(signal: NodeJS.Signals): void;
  running(): ProcessRecord | undefined;
}

/** Where the record of a server lies. */
const processFile = (directory: string, name: string): string => join(directory, 'processes', `${name}.json`);

/** The record of a server that runs; undefined when it does not. */
export function readRunning(directory: string, name: string): ProcessRecord | undefined {
  const file = processFile(directory, name);
  if (!existsSync(file)) return undefined;
  const record = parseProcessRecord(readFileSync(file, 'utf8'));
  return record !== undefined && isAlive(record) ? record : undefined;
}

/** Stops what the record names, if it runs, and removes the record. */
export async function stopRecorded(directory: string, name: string, graceSeconds = 5): Promise<void> {
  const record = readRunning(directory, name);
  if (record !== undefined) await endProcess(record, graceSeconds);
  rmSync(processFile(directory, name), { force: true });
}

const logPath = (directory: string, name: string): string => join(directory, 'logs', `${name}.log`);

/** The last lines of a log, for an error message. */
function lastLines(file: string, count: number): string {
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

function launch(spec: ServerSpec): ChildProcess {
  mkdirSync(join(spec.directory, 'processes'), { recursive: true });
  mkdirSync(join(spec.directory, 'logs'), { recursive: true });
  const log = openSync(logPath(spec.directory, spec.name), 'a', 0o600);
  try {
    return spawn(spec.command, spec.args, {
      cwd: spec.directory,
      detached: true,
      env: { ...process.env, ...spec.env, ...markOf(spec.directory) },
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

async function start(spec: ServerSpec): Promise<void> {
  if (readRunning(spec.directory, spec.name) !== undefined) return;
  let failure: string | undefined;
  const child = launch(spec);
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code, signal) => (failure = `it ended with ${signal ?? `exit code ${code}`}`));
  child.unref();
  const record = child.pid === undefined ? undefined : recordProcess(child.pid);
  if (record !== undefined) writeFileSync(processFile(spec.directory, spec.name), JSON.stringify(record));
  const aborter = new AbortController();
  child.once('exit', () => aborter.abort(new Error('ended')));
  child.once('error', () => aborter.abort(new Error('not started')));
  try {
    await waitUntil(
      {
        otherwise: 'it did not become ready',
        withinSeconds: spec.readyWithinSeconds ?? 60,
        check: (signal) => spec.ready(signal),
      },
      aborter.signal,
    );
  } catch (thrown) {
    const why = failure ?? describeError(thrown); // before the stop below adds an end of its own
    await stopRecorded(spec.directory, spec.name);
    throw startError(spec, why);
  }
}

function startError(spec: ServerSpec, why: string): Error {
  const file = logPath(spec.directory, spec.name);
  const tail = lastLines(file, 15);
  return new Error(`${spec.name} did not start: ${why}\n${tail}\n(the whole log: ${file})`);
}

/** A handle on a server of this spec; starts nothing. */
export function makeServer(spec: ServerSpec): Server {
  const running = (): ProcessRecord | undefined => readRunning(spec.directory, spec.name);
  return {
    name: spec.name,
    logFile: logPath(spec.directory, spec.name),
    running,
    start: () => start(spec),
    stop: () => stopRecorded(spec.directory, spec.name, spec.graceSeconds),
    kill: () => stopRecorded(spec.directory, spec.name, 0),
    signal(signal) {
      const record = running();
      if (record === undefined || !signalProcess(record, signal))
        throw new Error(`${spec.name} does not run: ${signal} not sent`);
    },
  };
}
