// Starts the janitor of a cluster, so that nothing of it outlives this process unless that is wanted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Socket } from 'node:net';

/** A running janitor. */
export interface Guard {
  /** Sends the janitor away: the cluster stays, or has been removed by its owner. */
  release(): Promise<void>;
}

/** From here on the cluster in `directory` is removed when this process ends, however it ends. */
export function guard(directory: string): Guard {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'janitor.ts'), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref(); // must not keep this process running
  return {
    async release() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const ended = once(child, 'exit');
      child.stdin.end('released\n');
      await ended;
    },
  };
}
