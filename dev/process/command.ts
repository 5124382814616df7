// Runs a program to its end and gives back what it printed; when it fails the error carries the command and its output.
import { spawn } from 'node:child_process';

/** How to run it. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly timeoutSeconds?: number;
}

/** A command that ended with another status than 0, or not in time. */
export class CommandError extends Error {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: string, ended: Ended) {
    const how = ended.status === undefined ? `was ended by ${ended.signal}` : `failed (${ended.status})`;
    super(`${command} ${how}: ${ended.stderr.trim() || ended.stdout.trim()}`);
    this.name = 'CommandError';
    this.status = ended.status;
    this.stdout = ended.stdout;
    this.stderr = ended.stderr;
  }
}

interface Ended {
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

async function execute(program: string, args: readonly string[], options: CommandOptions): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
    timeout: (options.timeoutSeconds ?? 120) * 1000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.once('error', (error) => reject(new Error(`${program}: ${error.message}`, { cause: error })));
  child.once('close', (code, signal) =>
    resolve({ status: code ?? undefined, signal: signal ?? undefined, stdout, stderr }),
  );
  child.stdin.on('error', () => undefined); // it ended without reading: its status says so
  child.stdin.end(options.stdin ?? '');
  return promise;
}

/** Resolves with standard output when it exits 0. @throws CommandError otherwise */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const ended = await execute(program, args, options);
  if (ended.status === 0) return ended.stdout;
  const shown = args.slice(0, 4).join(' ');
  throw new CommandError(`${program} ${shown}`, ended);
}
