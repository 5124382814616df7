// The sweep over whole stores beside the store controller, over fakes and a virtual clock.
import { apiVersion, labels, runNames } from '../../src/api/names.ts';
import { SweepController } from '../../src/operator/sweep/sweep-controller.ts';
import { namespaces, pods, runs } from '../../src/ports/kinds.ts';
import type { Upload } from '../../src/ports/objects.ts';
import { runDocument } from '../../src/wire/run-document.ts';
import { StoreBench } from './store-bench.ts';
import { sweepMemory } from './sweep-memory.ts';

export const intervalSeconds = 600;
/** So long a wish to delete waits. */
const graceSeconds = 100;
/** A dead upload is given up after so long. */
export const abortAfterSeconds = 2 * intervalSeconds;

const marker = {
  version: 1,
  clusterUid: 'here',
  runUid: 'run-uid',
  labels: {},
  highestAttempt: 1,
  phase: 'Running',
} as const;

const read = (): Promise<never> => Promise.reject(new Error('the pod was killed'));

export class SweepBench extends StoreBench {
  /** The runs that the sweep asked to be looked at. */
  readonly looked: string[] = [];
  readonly sweep: SweepController;
  /** Throws when the operator may delete nothing. */
  mayDelete: () => void = () => undefined;
  #sweeping: Promise<void> | undefined;

  constructor() {
    super();
    this.cluster.storage.create(namespaces, { metadata: { name: 'voice' } });
    this.sweep = new SweepController({
      ...sweepMemory(this.cluster, this.stop.signal),
      runs: this.cluster.watch(runs, {}, this.stop.signal),
      cluster: this.cluster,
      registry: this.controller.registry,
      clusterUid: 'here',
      clock: this.clock,
      log: this.log,
      chance: () => 0.5,
      intervalSeconds,
      abortUploadsAfterSeconds: abortAfterSeconds,
      graceSeconds,
      mayDelete: async () => this.mayDelete(),
      onCounted: (store, usage) => this.controller.noteUsage(store, usage),
      onRunChanged: (run) => this.looked.push(run),
    });
  }

  override async pass(seconds: number): Promise<void> {
    this.#sweeping ??= this.sweep.run(this.stop.signal);
    await super.pass(seconds);
  }

  override async end(): Promise<void> {
    await super.end();
    await this.#sweeping?.catch(() => undefined);
  }

  applyRun(name: string): void {
    const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
    const metadata = { name, namespace: 'voice' };
    this.cluster.storage.create(runs, { apiVersion, kind: runNames.kind, metadata, spec: { trainer } });
  }

  /** A pod of the run; returns its UID. */
  applyPod(name: string, run: string): string {
    const metadata = { name, namespace: 'voice', labels: { [labels.run]: run, [labels.runUid]: 'run-uid' } };
    return this.cluster.storage.create(pods, { metadata, spec: {}, status: { phase: 'Running' } }).metadata
      .uid;
  }

  /** run.json of a run of the store `main`. */
  seedMarker(run: string, change: Partial<Parameters<typeof runDocument.format>[0]> = {}): void {
    const document = { ...marker, namespace: 'voice', name: run, ...change };
    this.bucket().seed(`main/voice/${run}/run.json`, runDocument.format(document));
  }

  /** An upload that was begun and never ended. */
  async leaveUpload(key: string): Promise<void> {
    const resumption = { uploadId: undefined, onOpened: async () => undefined };
    const upload: Upload = { key, sizeBytes: 10, crc32: 0, metadata: {}, read, resumption };
    await this.bucket()
      .upload(upload, this.stop.signal)
      .catch(() => undefined);
  }

  /** How many requests of this kind the bucket was asked. */
  requests(operation: string): number {
    return this.bucket().faults.requests.filter((request) => request.operation === operation).length;
  }
}
