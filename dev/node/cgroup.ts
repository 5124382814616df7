// The cgroups of a local node: one directory of its own in every hierarchy, below which its kubelet makes those of the pods. Two
// kubelets under one root would remove each other's pods.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = '/sys/fs/cgroup';
const needed = ['cpu', 'cpuset', 'memory', 'pids'] as const;

const isUnified = (): boolean => existsSync(join(root, 'cgroup.controllers'));

/** Mount points of the hierarchies in use: one for cgroup v2, one per controller for v1. */
function hierarchies(): readonly string[] {
  if (isUnified()) return [root];
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((path) => existsSync(join(path, 'cgroup.procs')));
}

// Below the real root, a v2 cgroup that holds processes cannot hand controllers to its children.
function canDelegate(): boolean {
  if (!isUnified() || !existsSync(join(root, 'cgroup.type'))) return true;
  const delegated = readFileSync(join(root, 'cgroup.subtree_control'), 'utf8').trim().split(' ');
  const holdsProcesses = readFileSync(join(root, 'cgroup.procs'), 'utf8') !== '';
  return !holdsProcesses || needed.every((controller) => delegated.includes(controller));
}

/** What is wrong with the cgroups of this machine for running nodes; undefined when nothing is. */
export function cgroupProblem(): string | undefined {
  const present = isUnified()
    ? readFileSync(join(root, 'cgroup.controllers'), 'utf8').trim().split(' ')
    : readdirSync(root);
  const absent = needed.filter((controller) => !present.includes(controller));
  if (absent.length > 0) return `the cgroup controllers ${absent.join(', ')} at ${root}`;
  return canDelegate()
    ? undefined
    : 'a machine, or a container with the cgroups of the host (--cgroupns=host)';
}

// v2: a controller exists in a child only when the parent delegates it. v1: a new cpuset is empty and takes no process.
function enable(hierarchy: string, directory: string): void {
  if (isUnified()) {
    for (const controller of needed) writeFileSync(join(root, 'cgroup.subtree_control'), `+${controller}`);
    return;
  }
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const parent = join(hierarchy, file);
    if (existsSync(parent)) writeFileSync(join(directory, file), readFileSync(parent, 'utf8').trim());
  }
}

/** Makes the cgroup `name` in every hierarchy; existing ones are taken over. */
export function makeCgroup(name: string): void {
  for (const hierarchy of hierarchies()) {
    const directory = join(hierarchy, name);
    mkdirSync(directory, { recursive: true });
    enable(hierarchy, directory);
  }
}

function descendants(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  const children = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...children.flatMap((child) => descendants(join(directory, child.name))), directory];
}

function processesOf(directory: string): readonly number[] {
  try {
    return readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return []; // removed meanwhile
  }
}

function tryRemove(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return !existsSync(directory);
  }
}

/** Kills every process in the cgroup `name` and below, and removes it everywhere. @throws when it is not gone after 20 s */
export async function removeCgroup(name: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const directories = hierarchies().flatMap((hierarchy) => descendants(join(hierarchy, name)));
    for (const pid of new Set(directories.flatMap(processesOf))) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // ended meanwhile
      }
    }
    if (directories.map(tryRemove).every(Boolean)) return;
    if (Date.now() > deadline) throw new Error(`cgroup ${name} cannot be removed: ${directories.join(', ')}`);
    await delay(20);
  }
}
