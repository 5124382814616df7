// A place on this machine for the nodes of one cluster: a number that gives names, subnets and directories that no other cluster has.
// Taken and given back under one lock of the machine, so two clusters never get the same one.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../process/file-lock.ts';
import { removeKubeletRemains, restoreKernelSettings, saveKernelSettings } from './host-state.ts';

/** A place taken by a cluster. */
export interface Slot {
  readonly number: number;
  /** on disk, short enough for unix sockets below it */
  readonly directory: string;
}

/** Names and addresses of the node `index` (0, 1, …) of a slot. */
export interface NodePlace {
  readonly bridge: string;
  /** the host's address on the bridge; the node's own */
  readonly gateway: string;
  readonly subnet: string;
  readonly cgroup: string;
  readonly directory: string;
}

const base = '/var/lib/reprise-local';
const lockFile = '/run/reprise-local.lock';
const settingsFile = join(base, 'kernel-settings.json');
const slotCount = 64;
const nodesPerSlot = 4;

const ownerOf = (directory: string): string | undefined => {
  const file = join(directory, 'owner');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
};

const placeFile = (directory: string): string => join(directory, 'place.json');

const slot = (number: number): Slot => ({ number, directory: join(base, String(number)) });

/** Takes the names and addresses for the node `index` of `slot`, and notes them there for its removal. */
export function takePlace({ number, directory }: Slot, index: number, node: string): NodePlace {
  const network = `10.213.${number * nodesPerSlot + index}`;
  const place = {
    bridge: `reprise${number}n${index}`,
    gateway: `${network}.1`,
    subnet: `${network}.0/24`,
    cgroup: `reprise-${number}-${node}`,
    directory: join(directory, node),
  };
  mkdirSync(place.directory, { recursive: true });
  writeFileSync(placeFile(place.directory), JSON.stringify(place));
  return place;
}

/** All places taken in `slot`. */
export function placesOf({ directory }: Slot): readonly NodePlace[] {
  return readdirSync(directory)
    .map((name) => placeFile(join(directory, name)))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as NodePlace);
}

const swap = (hex: string): number => Buffer.from(hex, 'hex').readUInt32LE(0);

// /proc/net/route: destination and mask as little-endian hexadecimal in the columns 1 and 7. The default route overlaps nothing.
function routes(): readonly { readonly network: number; readonly mask: number }[] {
  const lines = readFileSync('/proc/net/route', 'utf8').trim().split('\n').slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .map((columns) => ({ network: swap(columns[1] ?? ''), mask: swap(columns[7] ?? '') }))
    .filter(({ mask }) => mask !== 0);
}

function isRouted(number: number): boolean {
  const first = Buffer.from([10, 213, number * nodesPerSlot, 0]).readUInt32BE(0);
  const wide = 0xffff_fc00; // the four /24 networks of a slot
  return routes().some(({ network, mask }) => ((network ^ first) & mask & wide) === 0);
}

// Renamed into place, so that a slot always names its owner.
function take(number: number, owner: string): void {
  const candidate = mkdtempSync(join(base, '.new-'));
  writeFileSync(join(candidate, 'owner'), owner);
  renameSync(candidate, slot(number).directory);
}

function takeFree(owner: string): Slot {
  mkdirSync(base, { recursive: true, mode: 0o755 });
  saveKernelSettings(settingsFile);
  for (let number = 0; number < slotCount; number++) {
    if (existsSync(slot(number).directory) || isRouted(number)) continue;
    take(number, owner);
    return slot(number);
  }
  throw new Error(
    `all ${slotCount} places for local clusters below ${base} are taken or their networks 10.213.0.0/16 in use`,
  );
}

/** Takes a free slot for the cluster in `owner`. @throws when there is none */
export const takeSlot = (owner: string): Promise<Slot> => withLock(lockFile, () => takeFree(owner));

/** All slots taken, with the cluster's directory. */
export function takenSlots(): readonly (Slot & { readonly owner: string })[] {
  if (!existsSync(base)) return [];
  return readdirSync(base)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const owner = ownerOf(join(base, name));
      return owner === undefined ? [] : [{ ...slot(Number(name)), owner }];
    });
}

/** The slot of the cluster in `owner`, if it has one. */
export const slotOf = (owner: string): Slot | undefined =>
  takenSlots().find((taken) => taken.owner === owner);

/** Gives a slot back, after its nodes are gone; the last one also leaves the machine as it was before the first. */
export async function releaseSlot({ directory }: Slot): Promise<void> {
  await withLock(lockFile, () => {
    rmSync(directory, { recursive: true, force: true });
    if (takenSlots().length > 0) return;
    restoreKernelSettings(settingsFile);
    removeKubeletRemains();
    rmSync(base, { recursive: true, force: true });
  });
}
