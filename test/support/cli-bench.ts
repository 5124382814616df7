// The CLI's whole world in memory: a cluster with one run, its store and its agents' Secret; the bucket; the user's files; and what
// the commands said. Commands run exactly as the program runs them.
import { apiVersion, runNames, storeNames } from '../../src/api/names.ts';
import { commands } from '../../src/cli/commands.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld, ClusterChoice } from '../../src/cli/world.ts';
import { yaml } from '../../src/cli/yaml.ts';
import type { RunStatus } from '../../src/domain/run/status.ts';
import { type Cluster, ClusterError } from '../../src/ports/cluster.ts';
import { runs, secrets, stores } from '../../src/ports/kinds.ts';
import {
  type BucketAddress,
  type Credentials,
  type ObjectStore,
  type ObjectStoreErrorCode,
} from '../../src/ports/objects.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';
import { AgentBench } from './agent-bench.ts';
import { FakeCluster } from './fake-cluster.ts';
import { FakeDisk } from './fake-disk.ts';
import { FakeObjectStore } from './fake-object-store.ts';

const home = '/home/user';
const runName = { namespace: 'voice', name: 'xiaoyi-zh' };

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What a command line ended with. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface StoredRun extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: RunStatus;
}

export class CliBench {
  /** The bucket as attempts left it: `bench.bucket.seedCheckpoint(…)`. */
  readonly bucket = new AgentBench();
  readonly clock = this.bucket.clock;
  readonly objects = this.bucket.objects;
  readonly cluster = new FakeCluster({ clock: this.clock });
  readonly disk = new FakeDisk();
  /** How the store answers the user's own AWS credentials. */
  ambient: 'ok' | ObjectStoreErrorCode = 'ok';
  /** How it answers those of the agents' Secret. */
  agents: 'ok' | ObjectStoreErrorCode = 'ok';
  /** Why there is no API server to ask; undefined = there is one. */
  noCluster: string | undefined;
  /** A real API server to ask instead of {@link cluster}. */
  connect: (() => Cluster & AsyncDisposable) | undefined;
  isTerminal = false;
  /** What a person answers to every question; undefined = there is nobody to ask. */
  answer: (() => boolean) | undefined;
  readonly choices: ClusterChoice[] = [];
  readonly addresses: BucketAddress[] = [];
  /** Clusters opened and not closed again. */
  openClusters = 0;

  constructor() {
    this.disk.addDirectory(home);
    const s3 = { endpoint: 'http://s3.voice:7070', bucket: 'ckpts', prefix: 'prod' };
    this.cluster.storage.seed(stores, {
      apiVersion,
      kind: storeNames.kind,
      metadata: { name: 'main' },
      spec: { s3, agentCredentials: { secretName: 'reprise-store' } },
    });
    this.cluster.storage.seed(secrets, {
      metadata: { namespace: 'voice', name: 'reprise-store' },
      data: { AWS_ACCESS_KEY_ID: base64('agent-id'), AWS_SECRET_ACCESS_KEY: base64('agent-secret') },
    });
  }

  /** The run, with this status and in a bucket that is its own. */
  seedRun(status: Partial<RunStatus> = {}, uid?: string): void {
    const object = this.cluster.storage.seed(runs, {
      apiVersion,
      kind: runNames.kind,
      metadata: runName,
      spec: { trainer: { image: 'f5-tts:1', checkpointDir: '/ckpts' } },
      status: { ...emptyStatus, ...status },
    });
    this.bucket.seedRun(uid ?? object.metadata.uid);
  }

  /** What the operator does: writes this over the status, of the spec as it is unless it says otherwise. */
  setStatus(status: Partial<RunStatus>): void {
    const { generation: observedGeneration = 1 } = this.storedRun().metadata;
    const before = this.storedRun().status;
    const merged = { ...emptyStatus, ...before, observedGeneration, ...status };
    this.cluster.storage.putStatus(runs, runName, { status: merged });
  }

  /** What a person does: a merge patch of the run. */
  patchRun(patch: Readonly<Record<string, unknown>>): void {
    this.cluster.storage.patch(runs, runName, patch);
  }

  /** What `kubectl delete` asks of the API server. */
  deleteRun(): void {
    this.cluster.storage.delete(runs, runName, {});
  }

  /** The run as the API server has it. */
  storedRun(): StoredRun {
    const run = this.cluster.storage.read(runs, runName);
    if (run === undefined) throw new Error('there is no run: seedRun() first');
    return run;
  }

  /** A file of the user's. */
  write(name: string, bytes: Uint8Array): void {
    this.disk.write(`${home}/${name}`, bytes);
  }

  /** A file's bytes; undefined when there is none. */
  read(name: string): Uint8Array | undefined {
    return this.disk.bytesAt(`${home}/${name}`);
  }

  /** Whether a file has exactly these bytes. */
  holds(name: string, bytes: Uint8Array): boolean {
    const found = this.read(name);
    return found !== undefined && Buffer.compare(found, bytes) === 0;
  }

  /** The user's files, by name. */
  files(): string[] {
    return this.disk.paths(`${home}/`).map((path) => path.slice(home.length + 1));
  }

  /** Runs a command line: `bench.run('inspect', 'model_last.pt')`. */
  async run(...args: readonly string[]): Promise<Ended> {
    return this.runUntil(new AbortController().signal, ...args);
  }

  /** The same, until the signal stops it. */
  async runUntil(signal: AbortSignal, ...args: readonly string[]): Promise<Ended> {
    let out = '';
    let err = '';
    const world: CliWorld = {
      version: '9.9.9',
      config: { aws: { endpoint: undefined, region: 'us-east-1', caBundle: undefined, profile: 'default' } },
      out: { write: (text) => void (out += text), isTerminal: this.isTerminal, columns: 120 },
      isDrawn: this.isTerminal,
      messages: { write: (text) => void (err += text), isTerminal: this.isTerminal, columns: 120 },
      disk: this.disk,
      directory: home,
      clock: this.clock,
      random: () => 0.25,
      loadYaml: async () => yaml,
      confirm: this.answer === undefined ? undefined : async () => this.answer?.() === true,
      openCluster: async (choice) => this.#openCluster(choice),
      openBucket: async (address, credentials) => this.#openBucket(address, credentials),
    };
    const code = await runProgram({ commands, world }, args, signal);
    return { code, out, err };
  }

  #openCluster(choice: ClusterChoice): Awaited<ReturnType<CliWorld['openCluster']>> {
    this.choices.push(choice);
    if (this.noCluster !== undefined) throw new ClusterError('Invalid', this.noCluster);
    this.openClusters += 1;
    const real = this.connect?.();
    const close = async (): Promise<void> => {
      await real?.[Symbol.asyncDispose]();
      this.openClusters -= 1;
    };
    return { cluster: real ?? this.cluster, namespace: 'voice', [Symbol.asyncDispose]: close };
  }

  #openBucket(address: BucketAddress, credentials: Credentials | undefined): ObjectStore {
    this.addresses.push(address);
    const isAgents =
      credentials?.accessKeyId === 'agent-id' && credentials.secretAccessKey === 'agent-secret';
    const answer = credentials === undefined ? this.ambient : isAgents ? this.agents : 'AccessDenied';
    if (answer === 'ok') return this.objects;
    const closed = new FakeObjectStore(this.clock);
    closed.faults.outage = answer;
    return closed;
  }
}

export const emptyStatus: RunStatus = {
  observedGeneration: 1,
  phase: 'Running',
  message: 'attempt 2 is running',
  conditions: [],
  store: 'main',
  attempt: 2,
  failures: 0,
  attempts: [],
  totals: { attempts: 2, disruptions: 1, failures: 0, lostUpdates: 0, reclaimedBytes: 0 },
};
