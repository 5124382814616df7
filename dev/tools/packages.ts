// The programs that a node needs from the system (Debian packages), and their installation when they are missing and that is possible.
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from '../process/command.ts';
import { longStep, type Report } from '../progress/report.ts';

/** A program that must exist, and the Debian package that has it. */
interface Need {
  readonly program: string;
  readonly debian: string;
}

const cniDirectory = '/usr/lib/cni';

const needs: readonly Need[] = [
  { program: 'containerd', debian: 'containerd' },
  { program: 'ctr', debian: 'containerd' },
  { program: 'runc', debian: 'runc' },
  { program: 'ip', debian: 'iproute2' },
  { program: 'mount', debian: 'mount' },
  { program: 'busybox', debian: 'busybox-static' },
  { program: '/usr/bin/python3', debian: 'python3' },
  ...['bridge', 'host-local', 'loopback'].map((plugin) => ({
    program: join(cniDirectory, plugin),
    debian: 'containernetworking-plugins',
  })),
];

const systemDirectories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a program, by name on PATH and in the system's directories, or itself when it is a path. */
export function findProgram(program: string): string | undefined {
  if (program.includes('/')) return isExecutable(program) ? program : undefined;
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...systemDirectories];
  return directories.map((directory) => join(directory, program)).find(isExecutable);
}

/** Debian packages whose programs are missing. */
export function missingPackages(): readonly string[] {
  const missing = needs.filter(({ program }) => findProgram(program) === undefined);
  return [...new Set(missing.map(({ debian }) => debian))];
}

/** Whether this process could install packages. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && findProgram('apt-get') !== undefined;
}

const policy = '/usr/sbin/policy-rc.d';

// Debian starts a service as soon as its package is installed, unless this file forbids it. The cluster runs its own containerd.
async function withoutServices(work: () => Promise<void>): Promise<void> {
  if (existsSync(policy)) return work();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    rmSync(policy, { force: true });
  }
}

async function install(packages: readonly string[]): Promise<void> {
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutSeconds: 600 };
  await run('apt-get', ['update', '-q'], options);
  const args = ['install', '-q', '-y', '--no-install-recommends', ...packages];
  await withoutServices(async () => {
    await run('apt-get', args, options);
  });
}

/** Installs what is missing for nodes. @throws when it cannot, with the command that a person should run */
export async function installMissing(report: Report): Promise<void> {
  const packages = missingPackages();
  if (packages.length === 0) return;
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!canInstall()) throw new Error(`missing: ${packages.join(', ')}. As root: ${command}`);
  await longStep(report, `installing ${packages.join(', ')}`, () => install(packages));
}
