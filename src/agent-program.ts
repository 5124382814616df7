// What the agent does once it listens for signals: reads the environment, opens the adapters and runs the role; decides nothing
// itself. DIRECTORY is another mount point of the scratch volume, for use by hand.
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { restore } from './agent/restore/restore.ts';
import { exitCodeOf } from './agent/restore/stop.ts';
import { sync } from './agent/sync/sync.ts';
import type { AgentWorld } from './agent/world.ts';
import { type AgentConfig, AgentConfigError, parseAgentConfig } from './config/agent-config.ts';
import { makeLocalDisk } from './disk/local-disk.ts';
import { restoreExitCodes } from './domain/run/ending.ts';
import { makeStatusServer } from './http/status-server.ts';
import { systemClock } from './ops/clock.ts';
import { makeLog } from './ops/log.ts';
import type { BucketAddress } from './ports/objects.ts';
import { makeOpenObjectStore } from './s3/object-store.ts';
import { type RestoreResult, restoreResult } from './wire/restore-result.ts';

const usage = 'usage: node agent.mjs restore|sync [DIRECTORY]\n';
const exitCodes = { done: 0, failed: 1, usage: 2, terminated: 143 } as const;

/** Runs the role until it is done; resolves with the exit code. `told` is aborted when the process was told to end. */
export async function runAgent(
  [role, directory, ...rest]: readonly string[],
  told: AbortSignal,
): Promise<number> {
  // The trainer is another user of the same group.
  process.umask(0o002);
  if ((role !== 'restore' && role !== 'sync') || rest.length > 0) {
    process.stderr.write(usage);
    return exitCodes.usage;
  }
  const log = makeLog({ level: 'info', program: role });
  try {
    const world = makeWorld(parseAgentConfig(process.env, directory), log);
    return await (role === 'restore' ? runRestore(world, told) : runSync(world, told));
  } catch (cause) {
    if (told.aborted && cause === told.reason) return exitCodes.terminated;
    if (cause instanceof AgentConfigError) return refuse(cause, log);
    log.error({ err: cause }, `${role} failed`);
    return exitCodes.failed;
  }
}

function refuse({ message, mistakes }: AgentConfigError, log: AgentWorld['log']): number {
  log.error({ mistakes }, "the agent's environment cannot be used");
  const result = { version: 1, outcome: 'Stopped', reason: 'BadConfiguration', update: null } as const;
  leaveMessage({ ...result, message: message.slice(0, 1000) });
  return restoreExitCodes.waitsForPerson;
}

function makeWorld(config: AgentConfig, log: AgentWorld['log']): AgentWorld {
  const { endpoint, caBundle, region, bucket, forcePathStyle } = config.environment.store;
  const address: BucketAddress = {
    endpoint: endpoint ?? undefined,
    caBundle: caBundle ?? undefined,
    region,
    bucket,
    forcePathStyle,
  };
  const objects = makeOpenObjectStore({ clock: systemClock })(address, config.credentials);
  return { config, disk: makeLocalDisk(), objects, clock: systemClock, log };
}

async function runRestore(world: AgentWorld, told: AbortSignal): Promise<number> {
  const result = await restore(world, told);
  leaveMessage(result);
  const code = exitCodeOf(result);
  const { outcome, reason, update, message } = result;
  const words = code === 0 ? 'restore done' : 'restore cannot start the trainer';
  world.log[code === 0 ? 'info' : 'error']({ outcome, reason, update, cause: message }, words);
  return code;
}

async function runSync(world: AgentWorld, told: AbortSignal): Promise<number> {
  const never = new AbortController().signal;
  const status = makeStatusServer();
  const { document, isWritten } = await sync({ ...world, status }, { told, signal: never });
  const { flushed, lastUpdateSeen, lastUpdateSaved, unsent } = document;
  world.log.info({ flushed, lastUpdateSeen, lastUpdateSaved, unsent }, 'attempt ended');
  if (isWritten) return exitCodes.done;
  world.log.error({}, 'end.json could not be written before the grace ended');
  return exitCodes.failed;
}

/** The termination message; kubelet makes the file, elsewhere there is none. */
function leaveMessage(result: RestoreResult): void {
  try {
    const file = openSync('/dev/termination-log', constants.O_WRONLY | constants.O_TRUNC);
    writeSync(file, restoreResult.format(result));
    closeSync(file);
  } catch {
    // Run by hand, or a container runtime without it: the log says the same.
  }
}
