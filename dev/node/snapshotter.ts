// How containerd keeps file systems of containers below a directory: overlayfs, except where the directory itself lies on an overlay
// (a development container), which the kernel does not allow as an upper layer.
import { mkdirSync, statfsSync } from 'node:fs';

const overlayMagic = 0x794c7630;

/** The snapshotter for a containerd below `directory`. */
export function snapshotter(directory: string): 'overlayfs' | 'native' {
  mkdirSync(directory, { recursive: true });
  return statfsSync(directory).type === overlayMagic ? 'native' : 'overlayfs';
}
