// The real sync over a real directory and a real bucket, at a multiple of its own pace: started, killed, started again, told to end.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sync } from '../../src/agent/sync/sync.ts';
import type { AgentWorld } from '../../src/agent/world.ts';
import { parseAgentConfig } from '../../src/config/agent-config.ts';
import { makeLocalDisk } from '../../src/disk/local-disk.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { agentEnvironment, type AgentEnvironment } from '../../src/wire/agent-environment.ts';
import type { EndDocument } from '../../src/wire/end-document.ts';
import type { AgentPages } from '../../src/ports/agent-status.ts';
import type { SyncStatus } from '../../src/wire/sync-status.ts';
import { sampleEnvironment } from './agent-bench.ts';
import { RecordedLog } from './recorded-log.ts';

export interface LiveSetup {
  readonly objects: ObjectStore;
  readonly clock: Clock;
  /** The run's name, in the namespace and below the prefix that the local S3 server's agents may use: a prefix of its own in the bucket. */
  readonly run: string;
  readonly changes?: Partial<AgentEnvironment>;
}

export class LiveSync {
  /** What the agent and the trainer share. */
  readonly directory: string;
  readonly log = new RecordedLog();
  readonly world: AgentWorld;
  #current: (() => SyncStatus) | undefined;
  #told = new AbortController();
  #dead = new AbortController();
  #ended: ReturnType<typeof sync> | undefined;

  constructor({ objects, clock, run, changes = {} }: LiveSetup) {
    this.directory = mkdtempSync(join(tmpdir(), 'reprise-sync-'));
    mkdirSync(join(this.directory, '.reprise'));
    const environment = {
      ...sampleEnvironment,
      ...changes,
      run: { ...sampleEnvironment.run, name: run },
      store: { ...sampleEnvironment.store, prefix: 'local' },
    };
    const variables = {
      REPRISE_AGENT: agentEnvironment.format(environment),
      REPRISE_POD_UID: '9f31c2aa-0c11-4d8e-a1c9-0c0f6d1f2a3b',
    };
    const config = parseAgentConfig(variables, this.directory);
    this.world = { config, disk: makeLocalDisk(), objects, clock, log: this.log };
  }

  /** Prefix of every object of this attempt. */
  get prefix(): string {
    return `${this.world.config.runPrefix}attempts/0003-9f31c2aa/`;
  }

  get status(): SyncStatus | undefined {
    return this.#current?.();
  }

  /** The container starts. */
  start(): void {
    this.#told = new AbortController();
    this.#dead = new AbortController();
    const serve = async ({ current }: AgentPages): Promise<AsyncDisposable> => {
      this.#current = current;
      return { [Symbol.asyncDispose]: async () => undefined };
    };
    const signals = { told: this.#told.signal, signal: this.#dead.signal };
    this.#ended = sync({ ...this.world, status: { serve } }, signals);
    this.#ended.catch(() => undefined);
  }

  /** The container dies where it is. */
  async kill(): Promise<void> {
    this.#dead.abort(new Error('killed'));
    await this.#ended?.catch(() => undefined);
  }

  /** The trainer has ended. */
  async finish(): Promise<EndDocument | undefined> {
    this.#told.abort();
    return (await this.#ended)?.document;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
