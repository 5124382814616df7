#!/usr/bin/env node
// kubectl reprise: the command line's environment and adapters, then the command. Decides nothing itself. The cluster's adapter
// and the store's, and YAML, are loaded when a command first asks for them: looking into a local file should not wait for any.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { commands } from './cli/commands.ts';
import { sentenceOf } from './cli/errors.ts';
import { runProgram } from './cli/program.ts';
import type { CliWorld, ClusterChoice, OpenedCluster, YamlCodec } from './cli/world.ts';
import { parseCliConfig } from './config/cli-config.ts';
import { programVersion } from './config/version.ts';
import { makeLocalDisk } from './disk/local-disk.ts';
import { systemClock } from './ops/clock.ts';
import { silentLog } from './ops/silent-log.ts';
import type { ObjectStore } from './ports/objects.ts';
import type { TerminalOutput } from './ports/terminal.ts';

const told = new AbortController();
const exitCodes = { failed: 1, interrupted: 130, terminated: 143 } as const;
let exitWhenTold: number = exitCodes.interrupted;

process.once('SIGINT', () => told.abort(new Error('interrupted')));
process.once('SIGTERM', () => {
  exitWhenTold = exitCodes.terminated;
  told.abort(new Error('terminated'));
});

// Whoever read us (head, less) has gone: nothing that is written now matters.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPIPE') throw cause;
    process.exit();
  });

try {
  process.exitCode = await runProgram({ commands, world: makeWorld() }, process.argv.slice(2), told.signal);
} catch (cause) {
  process.stderr.write(`error: ${sentenceOf(cause)}\n`);
  process.exitCode = told.signal.aborted ? exitWhenTold : exitCodes.failed;
}

function makeWorld(): CliWorld {
  return {
    version: programVersion,
    // asked for late: what is wrong in it does not matter to who looks into a local file
    get config() {
      return parseCliConfig(process.env, homedir(), readText);
    },
    out: terminalOf(process.stdout),
    messages: terminalOf(process.stderr),
    isDrawn: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
    disk: makeLocalDisk('User'),
    directory: process.cwd(),
    clock: systemClock,
    random: Math.random,
    loadYaml,
    confirm: process.stdin.isTTY && process.stderr.isTTY ? confirm : undefined,
    openCluster,
    openBucket,
  };
}

function terminalOf(stream: NodeJS.WriteStream): TerminalOutput {
  return {
    write: (text) => stream.write(text),
    isTerminal: stream.isTTY,
    get columns() {
      return stream.columns ?? 80;
    },
  };
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}

async function openCluster({ kubeconfig: kubeconfigPath, context }: ClusterChoice): Promise<OpenedCluster> {
  const { connectCluster } = await import('./kube/rest-cluster.ts');
  const fieldManager = 'kubectl-reprise';
  const cluster = connectCluster({
    kubeconfigPath,
    context,
    clock: systemClock,
    log: silentLog,
    fieldManager,
  });
  return {
    cluster,
    namespace: cluster.namespace,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function loadYaml(): Promise<YamlCodec> {
  return (await import('./cli/yaml.ts')).yaml;
}

async function openBucket(...access: Parameters<CliWorld['openBucket']>): Promise<ObjectStore> {
  const { makeOpenObjectStore } = await import('./s3/object-store.ts');
  return makeOpenObjectStore({ clock: systemClock })(...access);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
