// The deletion of what a deleted run left, over a fake cluster, a fake bucket and a virtual clock; the operator can be stopped dead at
// any of its calls and started anew.
import { apiVersion, labels, runNames } from '../../src/api/names.ts';
import { type Outcome, recheckOf } from '../../src/domain/outcome.ts';
import { makeRunDeletion } from '../../src/operator/sweep/run-deletion.ts';
import { StoreRegistry } from '../../src/operator/store/store-registry.ts';
import { namespaces, pods, runs } from '../../src/ports/kinds.ts';
import { ObjectStoreError } from '../../src/ports/objects.ts';
import { type RunDocument, runDocument } from '../../src/wire/run-document.ts';
import { sampleStore } from './attempt-orders.ts';
import { CallTrace, traced } from './call-trace.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { FakeObjectStore } from './fake-object-store.ts';
import type { JsonObject } from './object-storage/merge-patch.ts';
import { sweepMemory } from './sweep-memory.ts';
import { RecordedLog } from './recorded-log.ts';
import { VirtualClock } from './virtual-clock.ts';

const graceSeconds = 100;
const prefix = 'prod/voice/zh/';
const formerUid = 'former-uid';

const unanswered = (): Error => new ObjectStoreError('Unavailable', 'the answer was lost');

export class DeletionBench {
  readonly clock = new VirtualClock();
  readonly log = new RecordedLog();
  readonly cluster = new FakeCluster({ clock: this.clock, log: this.log });
  readonly objects = new FakeObjectStore(this.clock);
  readonly trace = new CallTrace();
  /** Throws when the operator may delete nothing. */
  mayDelete: () => void = () => undefined;
  #pass = this.#start();

  constructor() {
    this.objects.batchKeys = 2;
    this.cluster.storage.create(namespaces, { metadata: { name: 'voice' } });
  }

  #start(): ReturnType<typeof makeRunDeletion> {
    const registry = new StoreRegistry();
    const { clock, log, trace } = this;
    registry.note('main', {
      kind: 'Open',
      store: sampleStore(),
      objects: traced({ trace, unanswered }, this.objects),
      capabilities: this.objects.capabilities,
    });
    return makeRunDeletion({
      ...sweepMemory(this.cluster, new AbortController().signal),
      cluster: traced({ trace, unanswered: () => refusal('Unavailable') }, this.cluster),
      registry,
      clusterUid: 'cluster-uid',
      clock,
      log,
      graceSeconds,
      mayDelete: async () => {
        trace.begin('mayDelete', unanswered)();
        this.mayDelete();
      },
    });
  }

  /** A fresh operator, with an empty memory. */
  restartOperator(): void {
    this.trace.restart();
    this.#pass = this.#start();
  }

  async pass(): Promise<Outcome> {
    return this.#pass('main/voice/zh', new AbortController().signal);
  }

  /** Passes, and what comes between them, until the operator has nothing more to do or `seconds` are over. */
  async live(seconds = 2 * graceSeconds): Promise<void> {
    const end = this.clock.monotonic() + seconds * 1000;
    while (this.clock.monotonic() < end) {
      const again = recheckOf(await this.pass());
      if (again === undefined) return;
      await this.clock.advance(Math.min(again * 1000, end - this.clock.monotonic()));
    }
  }

  /** run.json of the run that is gone, which asked for the deletion. */
  seedMarker(change: Partial<RunDocument> = {}): void {
    const document = runDocument.format({
      version: 1,
      clusterUid: 'cluster-uid',
      namespace: 'voice',
      name: 'zh',
      runUid: formerUid,
      labels: {},
      highestAttempt: 2,
      phase: 'Running',
      deletion: { runUid: formerUid, upToAttempt: 2, begun: false },
      ...change,
    });
    this.objects.seed(`${prefix}run.json`, document);
  }

  /** Two attempts with two checkpoints each. */
  seedAttempts(): void {
    for (const attempt of ['0001-aaaaaaaa', '0002-bbbbbbbb'])
      for (const name of ['attempt.json', 'last/model_20.pt', 'steps/model_10.pt', 'end.json'])
        this.objects.seed(`${prefix}attempts/${attempt}/${name}`, name);
  }

  /** A run of the same name, or one that is initialised from it. */
  applyRun(name = 'zh', spec: JsonObject = {}): void {
    const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
    const metadata = { name, namespace: 'voice' };
    this.cluster.storage.create(runs, {
      apiVersion,
      kind: runNames.kind,
      metadata,
      spec: { trainer, ...spec },
    });
  }

  applyPod(): void {
    const metadata = {
      name: 'zh-2',
      namespace: 'voice',
      labels: { [labels.run]: 'zh', [labels.runUid]: formerUid },
    };
    this.cluster.storage.create(pods, { metadata, spec: {} });
  }

  /** What is left of the run, relative to its prefix. */
  get left(): readonly string[] {
    return this.objects.keys(prefix).map((key) => key.slice(prefix.length));
  }

  /** run.json as it stands in the bucket. */
  get marker(): RunDocument | undefined {
    const object = this.objects.objects.get(`${prefix}run.json`);
    return object === undefined
      ? undefined
      : runDocument.parse(new TextDecoder().decode(object.bytes), 'run.json');
  }
}
