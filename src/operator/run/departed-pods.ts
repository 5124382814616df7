// Pods that were gone before a pass over their run had seen how they ended: what the watch showed of them last. A pod that is deleted
// flushes within a second, and a pass may take longer. Kept until the ledger tells the end; losing it costs the reason, never the run.
import { labels } from '../../api/names.ts';
import type { RunFacts } from '../../domain/run/facts.ts';
import { attemptNumberOf } from '../../observation/pod-facts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cache, CacheChange } from '../../ports/cluster.ts';
import type { Pod } from '../../ports/kube-objects.ts';

/** Far longer than a run waits for a pass that comes to its end. */
const keptMilliseconds = 600_000;

interface Departed {
  readonly pod: Pod;
  readonly at: number;
}

export class DepartedPods {
  readonly #clock: Clock;
  /** By UID, oldest first. */
  readonly #pods = new Map<string, Departed>();

  /** Remembers from now on the pods of this cache that go. */
  constructor({ clock, pods }: { readonly clock: Clock; readonly pods: Cache<Pod> }) {
    this.#clock = clock;
    pods.onChange((change) => this.#note(change));
  }

  /** The pods of this run's name that went, of attempts whose end its ledger does not tell. */
  of({ name, namespace, status }: RunFacts): readonly Pod[] {
    const told = new Set(
      (status?.attempts ?? []).filter(({ cause }) => cause !== undefined).map(({ number }) => number),
    );
    return [...this.#pods.values()]
      .map(({ pod }) => pod)
      .filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.[labels.run] === name)
      .filter((pod) => !told.has(attemptNumberOf(pod) ?? 0));
  }

  #note({ before, after }: CacheChange<Pod>): void {
    if (before === undefined || after !== undefined || !tellsItsEnd(before)) return;
    const now = this.#clock.monotonic();
    for (const [uid, { at }] of this.#pods) if (now - at > keptMilliseconds) this.#pods.delete(uid);
    this.#pods.set(before.metadata.uid, { pod: before, at: now });
  }
}

// Of a pod that was seen alive last, nobody knows more than that it is gone.
const tellsItsEnd = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined || status?.phase === 'Failed' || status?.phase === 'Succeeded';
