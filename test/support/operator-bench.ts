// The whole operator as one tenure wires it, over a fake cluster, a fake bucket and a virtual clock; it can be killed dead and started anew,
// or stand beside another. Its runs are suspended: what they saved was seeded, and nobody trains.
import { apiVersion, annotations, labels, policyNames, runNames, storeNames } from '../../src/api/names.ts';
import type { OperatorConfig } from '../../src/config/operator-config.ts';
import { parseOperatorConfig } from '../../src/config/operator-config.ts';
import type { PolicyStatus } from '../../src/domain/retention/policy-status.ts';
import { parsePolicy } from '../../src/api/policy.ts';
import { parseRun } from '../../src/api/run.ts';
import type { RunStatus } from '../../src/domain/run/status.ts';
import { parseStore } from '../../src/api/store.ts';
import { makeMetrics } from '../../src/ops/metrics.ts';
import { makeControllers } from '../../src/operator/controllers.ts';
import { type Tenure, unchallenged } from '../../src/operator/engine/tenure.ts';
import { watchAll } from '../../src/operator/watches.ts';
import { definitions, namespaces, pods, policies, runs, stores } from '../../src/ports/kinds.ts';
import { ObjectStoreError } from '../../src/ports/objects.ts';
import { type RunDocument, runDocument } from '../../src/wire/run-document.ts';
import { CallTrace, traced } from './call-trace.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { FakeObjectStore } from './fake-object-store.ts';
import type { JsonObject } from './object-storage/merge-patch.ts';
import { RecordedLog } from './recorded-log.ts';
import { attemptJson, runJson } from './seeded-run.ts';
import { VirtualClock } from './virtual-clock.ts';

export const sweepSeconds = 60;
export const graceSeconds = 20;
export const day = 86_400;

const config: OperatorConfig = parseOperatorConfig({
  REPRISE_NAMESPACE: 'reprise-system',
  REPRISE_AGENT_IMAGE: 'registry.example/reprise:0.1.0',
  REPRISE_SWEEP_INTERVAL_SECONDS: String(sweepSeconds),
  REPRISE_RETENTION_GRACE_SECONDS: String(graceSeconds),
});

/** Every checkpoint weighs so much. */
const checkpointBytes = 100;

// What a lost answer looks like to the operator.
const clusterUnanswered = (): Error => refusal('Unavailable');
const bucketUnanswered = (): Error => new ObjectStoreError('Unavailable', 'the answer was lost');

export class OperatorBench {
  readonly clock = new VirtualClock();
  readonly log = new RecordedLog();
  readonly cluster = new FakeCluster({ clock: this.clock, log: this.log });
  readonly objects = new FakeObjectStore(this.clock);
  readonly metrics = makeMetrics();
  /** The calls of the operator, and where one is struck. */
  readonly trace = new CallTrace();
  /** What the Lease says before each batch. */
  mayDelete: Tenure['mayDelete'] = async () => 60_000;
  #starts = 0;

  constructor() {
    const { storage } = this.cluster;
    storage.create(namespaces, { metadata: { name: 'voice', labels: { team: 'voice' } } });
    storage.create(definitions, { metadata: { name: 'ttstrainingruns.reprise.dev', finalizers: ['crd'] } });
    storage.create(stores, {
      apiVersion,
      kind: storeNames.kind,
      metadata: { name: 'main', annotations: { [annotations.isDefaultStore]: 'true' } },
      spec: {
        s3: { bucket: 'ckpts', prefix: 'prod' },
        allowedNamespaces: {},
        agentCredentials: { secretName: 'agents' },
        pricePerGiBMonth: '0.5',
      },
    });
  }

  /** Starts an operator, beside those that run; returns what stops it dead. */
  start(): () => Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    const { clock, log, trace } = this;
    const cluster = traced({ trace, unanswered: clusterUnanswered }, this.cluster);

    const objects = traced({ trace, unanswered: bucketUnanswered }, this.objects);
    const tenure: Tenure = { ...unchallenged, lost: signal, mayDelete: async (by) => this.mayDelete(by) };
    const controllers = makeControllers(
      {
        config,
        log,
        cluster,
        clusterUid: 'here',
        watched: watchAll(this.cluster, signal),
        metrics: this.metrics,
        operatorId: `operator-${(this.#starts += 1)}`,
        clock,
        chance: () => 0.5,
        agents: { read: async () => undefined },
        bucketsBy: () => () => objects,
      },
      tenure,
    );
    const { policyRegistry, storeController, runController, sweepController, policyController } = controllers;
    const parts = [storeController, runController, sweepController, policyController];
    const running = Promise.allSettled([
      policyRegistry.follow(signal),
      ...parts.map(async (one) => one.run(signal, signal)),
    ]);
    return async () => {
      stop.abort(new Error('the operator was killed'));
      await clock.advance(10_000);
      await running;
    };
  }

  #kill: (() => Promise<void>) | undefined;

  /** Lets time pass with an operator that runs. */
  async live(seconds: number): Promise<void> {
    this.#kill ??= this.start();
    await this.clock.advance(seconds * 1000);
  }

  /** Kills the operator; the next {@link live} starts one with an empty memory. */
  async kill(): Promise<void> {
    await this.#kill?.();
    this.trace.restart();
    this.#kill = undefined;
  }

  /** So many sweeps of the store. */
  async sweeps(count: number): Promise<void> {
    await this.live(count * (sweepSeconds + 1));
  }

  async end(): Promise<void> {
    await this.kill();
  }

  /** A run with these Steps of one attempt in the bucket; returns its UID. */
  applyRun(name: string, steps: readonly number[], spec: JsonObject = {}): string {
    const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
    const { metadata } = this.cluster.storage.create(runs, {
      apiVersion,
      kind: runNames.kind,
      metadata: { name, namespace: 'voice', labels: { speaker: name } },
      spec: { trainer, suspend: true, ...spec },
    });
    this.seedRun(name, steps, { runUid: metadata.uid });
    return metadata.uid;
  }

  deleteRun(name: string): void {
    this.cluster.storage.delete(runs, { namespace: 'voice', name }, {});
  }

  /** What a run saved. */
  seedRun(name: string, steps: readonly number[], change: Partial<RunDocument> = {}): void {
    const prefix = `prod/${change.namespace ?? 'voice'}/${name}/`;
    const document = runJson({ name, ...change });
    this.objects.seed(`${prefix}run.json`, runDocument.format(document));
    const folder = `${prefix}attempts/0001-aaaaaaaa`;
    this.objects.seed(`${folder}/attempt.json`, attemptJson(document.runUid));
    for (const update of steps) this.seedStep(name, update, change.namespace);
  }

  seedStep(name: string, update: number, namespace = 'voice'): void {
    const key = `prod/${namespace}/${name}/attempts/0001-aaaaaaaa/steps/model_${update}.pt`;
    this.objects.seed(key, 'x'.repeat(checkpointBytes));
  }

  /** A pod of a run. */
  applyPod(run: string, uid: string): void {
    const metadata = {
      name: `${run}-1`,
      namespace: 'voice',
      labels: { [labels.run]: run, [labels.runUid]: uid },
    };
    this.cluster.storage.create(pods, { metadata, spec: {}, status: { phase: 'Running' } });
  }

  /** A policy that is enforced on every run, unless its spec says otherwise. */
  applyPolicy(name: string, spec: JsonObject): void {
    this.cluster.storage.create(policies, {
      apiVersion,
      kind: policyNames.kind,
      metadata: { name },
      spec: { selector: {}, mode: 'Enforce', ...spec },
    });
  }

  changePolicy(name: string, patch: JsonObject): void {
    this.cluster.storage.patch(policies, { name }, patch);
  }

  policyStatus(name: string): PolicyStatus | undefined {
    const parsed = parsePolicy(this.cluster.storage.read(policies, { name }));
    if ('ok' in parsed) return parsed.ok.status;
    throw new Error(parsed.problems.join('; '));
  }

  /** A condition of the policy, as its reason and message. */
  told(
    name: string,
    type: string,
  ): { readonly status: string; readonly reason: string; readonly message: string } {
    const found = this.policyStatus(name)?.conditions.find((condition) => condition.type === type);
    return found ?? { status: 'none', reason: 'none', message: '' };
  }

  runStatus(name: string): RunStatus | undefined {
    const parsed = parseRun(this.cluster.storage.read(runs, { namespace: 'voice', name }));
    if ('ok' in parsed) return parsed.ok.status;
    throw new Error(parsed.problems.join('; '));
  }

  uidOf(name: string): string {
    return this.cluster.storage.read(runs, { namespace: 'voice', name })?.metadata.uid ?? '';
  }

  /** The updates of the Steps of a run that are in the bucket. */
  steps(name: string, namespace = 'voice'): readonly number[] {
    return this.keys(name, namespace)
      .flatMap((key) => /steps\/model_(\d+)\.pt$/.exec(key)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
  }

  /** What of a run is in the bucket, relative to its prefix. */
  keys(name: string, namespace = 'voice'): readonly string[] {
    const prefix = `prod/${namespace}/${name}/`;
    return this.objects.keys(prefix).map((key) => key.slice(prefix.length));
  }

  marker(name: string, namespace = 'voice'): RunDocument | undefined {
    const object = this.objects.objects.get(`prod/${namespace}/${name}/run.json`);
    return object === undefined ? undefined : runDocument.parse(new TextDecoder().decode(object.bytes), name);
  }

  /** What the store says of itself. */
  get storeMessage(): string {
    const parsed = parseStore(this.cluster.storage.read(stores, { name: 'main' }));
    return ('ok' in parsed ? parsed.ok.status?.conditions[0]?.message : undefined) ?? '';
  }

  get events(): FakeCluster['told'] {
    return this.cluster.told;
  }
}
