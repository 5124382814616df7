// The pass over all policies over a fake cluster, with runs that were judged already: nothing of a bucket is read.
import { apiVersion, policyNames, runNames } from '../../src/api/names.ts';
import { parsePolicy } from '../../src/api/policy.ts';
import type { Checkpoint } from '../../src/domain/bucket/inventory.ts';
import type { PolicyStatus } from '../../src/domain/retention/policy-status.ts';
import type { RunQuestion } from '../../src/domain/retention/run-plan.ts';
import { defaultFlags } from '../../src/domain/retention/settings.ts';
import { nothingJudged } from '../../src/domain/run/retention-facts.ts';
import { JudgedRuns } from '../../src/operator/policy/judged-runs.ts';
import { PolicyPass } from '../../src/operator/policy/policy-pass.ts';
import { PolicyRegistry } from '../../src/operator/policy/policy-registry.ts';
import type { PolicyWorld } from '../../src/operator/policy/policy-world.ts';
import { StoreRegistry } from '../../src/operator/store/store-registry.ts';
import { CapacityTaken } from '../../src/operator/sweep/capacity-taken.ts';
import { OrphanJudgements } from '../../src/operator/sweep/orphan-judgements.ts';
import { StoreLooks } from '../../src/operator/sweep/store-looks.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { namespaces, policies, runs } from '../../src/ports/kinds.ts';
import { FakeCluster } from './fake-cluster.ts';
import type { JsonObject } from './object-storage/merge-patch.ts';
import { RecordedLog } from './recorded-log.ts';
import { settle } from './virtual-clock.ts';

const store = 'main';

export class PolicyBench {
  readonly cluster: FakeCluster;
  readonly world: PolicyWorld;
  readonly pass: PolicyPass;
  readonly #stop = new AbortController();
  readonly #registry: PolicyRegistry;

  constructor(clock: Clock) {
    const log = new RecordedLog();
    const { signal } = this.#stop;
    this.cluster = new FakeCluster({ clock, log });
    const policyObjects = this.cluster.watch(policies, {}, signal);
    this.#registry = new PolicyRegistry({ cluster: this.cluster, policies: policyObjects });
    this.world = {
      cluster: this.cluster,
      runs: this.cluster.watch(runs, {}, signal),
      namespaces: this.cluster.watch(namespaces, {}, signal),
      policyObjects,
      policies: this.#registry,
      registry: new StoreRegistry(),
      judged: new JudgedRuns(),
      looks: new StoreLooks(),
      orphans: new OrphanJudgements(),
      capacityTaken: new CapacityTaken(),
      operator: defaultFlags,
      clock,
      log,
      onRunConcerned: () => undefined,
      onOrphanConcerned: () => undefined,
    };
    this.world.looks.note(store, {
      startedAt: 0,
      storeTime: undefined,
      contents: new Map(),
      leftBehind: new Map(),
    });
    this.pass = new PolicyPass(this.world);
  }

  /** Everything that was applied so far is known by the watches. */
  async known(): Promise<void> {
    await this.#registry.follow(this.#stop.signal);
    await settle();
  }

  addNamespace(name: string, labels: Readonly<Record<string, string>> = {}): void {
    this.cluster.storage.create(namespaces, { metadata: { name, labels } });
  }

  /** A run that nobody judged; returns its UID. */
  addRun(namespace: string, name: string): string {
    const object = { apiVersion, kind: runNames.kind, metadata: { namespace, name }, spec: {} };
    return this.cluster.storage.create(runs, object).metadata.uid;
  }

  /** What a pass over the run found, after every sweep so far. */
  judge(uid: string, question: RunQuestion<Checkpoint>): void {
    const reading = this.#registry.current();
    const version = reading.kind === 'Read' ? reading.version : undefined;
    this.world.judged.note(uid, {
      store,
      question,
      version,
      readAt: 1,
      facts: nothingJudged,
      reclaimedBytes: 0,
    });
  }

  applyPolicy(name: string, spec: JsonObject): void {
    this.cluster.storage.create(policies, {
      apiVersion,
      kind: policyNames.kind,
      metadata: { name },
      spec: { selector: {}, mode: 'Enforce', ...spec },
    });
  }

  changePolicy(name: string, spec: JsonObject): void {
    this.cluster.storage.patch(policies, { name }, { spec });
  }

  status(name: string): PolicyStatus | undefined {
    const parsed = parsePolicy(this.cluster.storage.read(policies, { name }));
    if ('ok' in parsed) return parsed.ok.status;
    throw new Error(parsed.problems.join('; '));
  }

  /** The keys that capacities take of the run now. */
  taken(uid: string): readonly string[] {
    const reading = this.#registry.current();
    return reading.kind === 'Read' ? (this.world.capacityTaken.of(uid, reading)?.keys ?? []) : [];
  }

  end(): void {
    this.#stop.abort();
  }
}
