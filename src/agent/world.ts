// What both roles of the agent are given: their configuration and the ports.
import type { AgentConfig } from '../config/agent-config.ts';
import { formatRunObject, type RunObject } from '../domain/bucket/keys.ts';
import { privateDirectory } from '../domain/agent/checkpoint-files.ts';
import type { Clock } from '../ports/clock.ts';
import type { Disk } from '../ports/disk.ts';
import type { Log } from '../ports/log.ts';
import type { ObjectStore } from '../ports/objects.ts';

export interface AgentWorld {
  readonly config: AgentConfig;
  readonly disk: Disk;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** No note of ours on the scratch volume is longer. */
export const mostNoteBytes = 65_536;

/** The whole key of an object of this run. */
export const keyOf = ({ config }: AgentWorld, object: RunObject): string =>
  `${config.runPrefix}${formatRunObject(object)}`;

/** A name in the directory shared with the trainer. */
export const sharedPath = ({ config }: AgentWorld, name: string): string => `${config.directory}/${name}`;

/** A name in our private directory. */
export const privatePath = (world: AgentWorld, name: string): string =>
  `${sharedPath(world, privateDirectory)}/${name}`;
