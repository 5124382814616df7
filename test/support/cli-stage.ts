// The CLI as its user starts it: the real program as a process, a home of its own, before a fake API server and a fake S3 server
// that hold one run. Nothing of this machine's environment reaches it but PATH.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { apiVersion, labels, runNames, storeNames } from '../../src/api/names.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { pods, runs, secrets, stores } from '../../src/ports/kinds.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { AgentBench, first, never } from './agent-bench.ts';
import { checkpointAt, genuine } from './checkpoints.ts';
import { FakeApiServer } from './fake-api-server/fake-api-server.ts';
import { fakeCredentials, FakeS3Server } from './fake-s3/fake-s3-server.ts';

const root = join(import.meta.dirname, '../..');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const available = {
  type: 'Available',
  status: 'True',
  reason: 'Probed',
  message: '',
  lastTransitionTime: '2026-11-22T12:00:00Z',
};

export interface ProcessEnd {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the stage's home. */
  readonly directory?: string;
  /** Called with the process once it runs: to signal it. */
  readonly started?: (kill: (signal: NodeJS.Signals) => void) => void;
  /** Called with all that it has printed, whenever it has printed more. */
  readonly spoke?: (out: string) => void;
}

/** Runs a command line to its end. */
export function runProcess(
  [program, ...args]: readonly [string, ...string[]],
  { env = {}, directory, started, spoke }: ProcessOptions,
): Promise<ProcessEnd> {
  const child = spawn(program, args, {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', AWS_EC2_METADATA_DISABLED: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    spoke?.(out);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  started?.((signal) => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** The command line of the CLI's sources. */
export const fromSources = (...args: readonly string[]): readonly [string, ...string[]] => [
  process.execPath,
  join(root, 'src/cli.ts'),
  ...args,
];

export class CliStage implements AsyncDisposable {
  readonly home: string;
  readonly api: FakeApiServer;
  readonly s3: FakeS3Server;

  private constructor(api: FakeApiServer, s3: FakeS3Server) {
    this.api = api;
    this.s3 = s3;
    this.home = mkdtempSync(join(tmpdir(), 'reprise-cli-'));
  }

  /** Starts both servers, with the run voice/xiaoyi-zh and its checkpoints at updates 45 (Step) and 48 (Last). */
  static async start(): Promise<CliStage> {
    const stage = new CliStage(await FakeApiServer.start(systemClock), await FakeS3Server.start());
    const uid = stage.#seedCluster();
    await stage.#seedBucket(uid);
    stage.#writeHome();
    return stage;
  }

  /** Runs the CLI in its home; without AWS credentials unless given. */
  run(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessEnd> {
    const env = { HOME: this.home, ...options.env };
    return runProcess(fromSources(...args), { directory: this.home, ...options, env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api[Symbol.asyncDispose]();
    await this.s3.close();
    rmSync(this.home, { recursive: true });
  }

  #seedCluster(): string {
    const { endpoint = '', bucket } = this.s3.address();
    const { storage } = this.api;
    storage.seed(stores, {
      apiVersion,
      kind: storeNames.kind,
      metadata: { name: 'main' },
      spec: {
        s3: { endpoint, bucket, prefix: 'prod' },
        agentCredentials: { secretName: 'reprise-store' },
        allowedNamespaces: {},
      },
      status: { observedGeneration: 1, conditions: [available] },
    });
    const { accessKeyId, secretAccessKey } = fakeCredentials;
    storage.seed(secrets, {
      metadata: { namespace: 'voice', name: 'reprise-store' },
      data: { AWS_ACCESS_KEY_ID: base64(accessKeyId), AWS_SECRET_ACCESS_KEY: base64(secretAccessKey) },
    });
    const run = storage.seed(runs, {
      apiVersion,
      kind: runNames.kind,
      metadata: { namespace: 'voice', name: 'xiaoyi-zh' },
      spec: { store: 'main', trainer: { image: 'f5-tts:1', checkpointDir: '/ckpts' } },
    });
    this.#seedPod(run.metadata.uid);
    return run.metadata.uid;
  }

  /** The pod of its first attempt, which has ended and left a log. */
  #seedPod(runUid: string): void {
    const carried = { [labels.run]: 'xiaoyi-zh', [labels.runUid]: runUid, [labels.attempt]: '1' };
    const metadata = { namespace: 'voice', name: 'xiaoyi-zh-1-x2v9q', labels: carried };
    this.api.storage.seed(pods, { metadata, status: { phase: 'Succeeded' } });
    this.api.podLogs.set(metadata.name, 'trainer', 'update=48\n');
  }

  async #seedBucket(uid: string): Promise<void> {
    const bench = new AgentBench();
    bench.seedRun(uid);
    bench.seedAttempt(first);
    bench.seedCheckpoint({ attempt: first, kind: 'Step', update: 45 }, checkpointAt(45));
    bench.seedCheckpoint({ attempt: first, kind: 'Last', update: 48 }, genuine('full-update48.pt'));
    const store = makeOpenObjectStore({ clock: systemClock })(this.s3.address(), fakeCredentials);
    for (const [key, { bytes, metadata }] of bench.objects.objects) {
      const read = async (offset: number, into: Uint8Array): Promise<void> =>
        into.set(bytes.subarray(offset, offset + into.length));
      await store.upload({ key, sizeBytes: bytes.length, crc32: crc32(bytes), metadata, read }, never);
    }
  }

  #writeHome(): void {
    const config = JSON.parse(this.api.kubeconfig()) as { contexts: { context: Record<string, string> }[] };
    for (const { context } of config.contexts) context['namespace'] = 'voice';
    mkdirSync(join(this.home, '.kube'));
    writeFileSync(join(this.home, '.kube/config'), JSON.stringify(config));
  }
}
