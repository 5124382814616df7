// Wires the run controller: which changes ask for a look at a run, and with what it works.
import type { OperatorFlags } from '../../domain/retention/settings.ts';
import type { KubeObject, Node } from '../../ports/kube-objects.ts';
import type { LoopMetrics } from '../../ports/loop-metrics.ts';
import type { RunMetrics } from '../../ports/run-metrics.ts';
import { cacheKey, nameOf } from '../../ports/cluster.ts';
import { labels } from '../../api/names.ts';
import type { Cache, CacheChange } from '../../ports/cluster.ts';
import { stateOf } from '../../observation/node-state.ts';
import { Loop } from '../engine/loop.ts';
import type { DeletionRight } from '../engine/tenure.ts';
import type { StoreRegistry } from '../store/store-registry.ts';
import { RunCollection } from '../sweep/run-collection.ts';
import { DepartedPods } from './departed-pods.ts';
import { LastLines } from './last-lines.ts';
import { LookLimit } from './look-limit.ts';
import { makeRunReconcile } from './reconcile.ts';
import { RunMemory, type World } from './world.ts';
import { WriteBudget } from './write-budget.ts';

/** How many pods are looked at a time, however many workers there are. */
const looksAtATime = 8;

export interface RunControllerSetup extends Omit<
  World,
  'collection' | 'memory' | 'departed' | 'lastLines' | 'findStore' | 'writes' | 'looks' | 'metrics'
> {
  readonly stores: StoreRegistry;
  readonly workers: number;
  /** What holds of retention without any policy. */
  readonly retention: OperatorFlags;
  readonly deletionRight: DeletionRight;
  readonly statusWritesPerSecond: number;
  readonly chance: () => number;
  readonly metrics?: LoopMetrics & RunMetrics;
}

export class RunController {
  readonly #setup: RunControllerSetup;
  readonly #loop: Loop;
  readonly #lastLines: LastLines;

  constructor(setup: RunControllerSetup) {
    const { clock, log, stores, statusWritesPerSecond: perSecond } = setup;
    const { retention: operator, deletionRight: right } = setup;
    this.#lastLines = new LastLines(setup);
    const world: World = {
      ...setup,
      findStore: (name, namespaceLabels) => stores.find(name, namespaceLabels),
      collection: new RunCollection({ clock, log, operator, right }),
      looks: new LookLimit(looksAtATime),
      writes: new WriteBudget({ clock, perSecond }),
      memory: new RunMemory(),
      departed: new DepartedPods(setup),
      lastLines: this.#lastLines,
    };
    this.#setup = setup;
    this.#loop = new Loop({ ...setup, name: 'run', reconcile: makeRunReconcile(world) });
  }

  /** Asks for a look at the run `namespace/name`. */
  look(run: string): void {
    this.#loop.add(run);
  }

  /** Looks at every run now, and again on changes and when one asks for it, until a signal is aborted: see {@link Loop.run}. */
  async run(signal: AbortSignal, atOnce?: AbortSignal): Promise<void> {
    const { runs, jobs, pods, nodes, namespaces, stores, policies } = this.#setup;
    const either = AbortSignal.any([signal, ...(atOnce === undefined ? [] : [atOnce])]);
    await Promise.all([runs, jobs, pods, nodes, namespaces].map(async (cache) => cache.synced(either)));
    const listening = [
      runs.onChange(({ key }) => this.#loop.add(key)),
      this.#followLabel(jobs),
      this.#followLabel(pods),
      this.#lastLines.listen(pods),
      nodes.onChange((change) => this.#followNode(change)),
      namespaces.onChange(({ key }) => this.#addAll((run) => run.metadata.namespace === key)),
      stores.onChange(() => this.#addAll(() => true)),
      policies.onChange(() => this.#addAll(() => true)),
    ];
    this.#addAll(() => true);
    await this.#loop.run(signal, atOnce);
    for (const stopListening of listening) stopListening();
  }

  /** Jobs and pods name their run in a label. */
  #followLabel<T extends KubeObject>(cache: Cache<T>): () => void {
    return cache.onChange(({ before, after }) => {
      const { namespace, labels: carried } = (after ?? before)?.metadata ?? {};
      const name = carried?.[labels.run];
      if (name !== undefined && namespace !== undefined) this.#loop.add(cacheKey({ namespace, name }));
    });
  }

  /** A node that comes or goes concerns the runs with pods on it; its heartbeats nobody. */
  #followNode({ key, before, after }: CacheChange<Node>): void {
    if (stateOf(before).is === stateOf(after).is) return;
    for (const { spec, metadata } of this.#setup.pods.values()) {
      const run = metadata.labels?.[labels.run];
      const { namespace } = metadata;
      if (spec?.nodeName === key && run !== undefined && namespace !== undefined)
        this.#loop.add(cacheKey({ namespace, name: run }));
    }
  }

  #addAll(concerned: (run: KubeObject) => boolean): void {
    for (const run of this.#setup.runs.values())
      if (concerned(run)) this.#loop.add(cacheKey(nameOf(run.metadata)));
  }
}
