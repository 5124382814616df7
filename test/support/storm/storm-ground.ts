// What the processes of a storm stand on, and what a process is to whatever works in it.
import type { AgentStatusReader } from '../../../src/ports/agent-status.ts';
import type { ProcessClock } from '../election-bench.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { StormPlace } from './storm-place.ts';
import type { Witness } from './storm-witness.ts';

export interface StormGround {
  readonly clock: VirtualClock;
  readonly cluster: FakeCluster;
  readonly place: StormPlace;
  readonly judge: Witness;
  readonly agents: AgentStatusReader;
  readonly chance: () => number;
  /** Whether the API server lists hardly any runs. */
  readonly isFew: () => boolean;
}

/** A moment between two pieces of a batch of deletions. */
export const midBatch = 'in mid-batch';

/** A process, which may be killed or frozen at any step. */
export interface Mortal {
  readonly name: string;
  readonly clock: ProcessClock;
  /** Throws once it is dead, and waits while it is frozen. */
  step(call: string): Promise<void>;
  /** The port, at every call of which something may happen to it. */
  stepped<T extends object>(port: T): T;
  /** It judges now what may go. */
  judges(judge: () => void): void;
}
