// What nodes change outside their own directories, whatever they are told: kernel settings (kubelet and the bridge plugin write them)
// and a few fixed paths. Saved before the first node of this machine starts, put back after the last one is gone.
import { existsSync, readFileSync, renameSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const settings = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
  'net/ipv4/ip_forward',
] as const;

const settingPath = (name: string): string => join('/proc/sys', name);

/** Notes the kernel settings in `file`, unless a note exists. */
export function saveKernelSettings(file: string): void {
  if (existsSync(file)) return;
  const present = settings.filter((name) => existsSync(settingPath(name)));
  const values = present.map((name) => [name, readFileSync(settingPath(name), 'utf8').trim()]);
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, JSON.stringify(Object.fromEntries(values)));
  renameSync(partial, file);
}

/** Puts back what is noted in `file`. */
export function restoreKernelSettings(file: string): void {
  if (!existsSync(file)) return;
  const values = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>;
  for (const [name, value] of Object.entries(values))
    if (readFileSync(settingPath(name), 'utf8').trim() !== value) writeFileSync(settingPath(name), value);
}

/** Removes a directory if nothing is in it. */
export function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // in use by somebody else, or not there
  }
}

/** Removes the fixed paths that kubelet and containerd's shims make, where nobody else uses them. */
export function removeKubeletRemains(): void {
  rmSync('/var/lib/kubelet/device-plugins', { recursive: true, force: true });
  removeIfEmpty('/var/lib/kubelet');
  removeIfEmpty('/run/containerd/s');
  removeIfEmpty('/run/containerd');
}
