// Wires the plan of all runs: when anything changes that it rests on, all is planned again, the less often the longer that takes.
import { annotations } from '../../api/names.ts';
import type { Seconds } from '../../domain/units.ts';
import type { LoopMetrics } from '../../ports/loop-metrics.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import { Loop } from '../engine/loop.ts';
import { PolicyPass } from './policy-pass.ts';
import type { PolicyWorld } from './policy-world.ts';

export interface PolicyControllerSetup extends PolicyWorld {
  readonly chance: () => number;
  readonly metrics?: LoopMetrics;
}

/** The one key: policies and runs are planned all together. */
const all = 'all';

/** So many changes of runs as come within that time are taken together. */
const leastQuietSeconds: Seconds = 5;

/** Of its time a plan takes at most this share. */
const busyShare = 0.02;

export class PolicyController {
  readonly #setup: PolicyControllerSetup;
  readonly #loop: Loop;
  #tookSeconds: Seconds = 0;

  constructor(setup: PolicyControllerSetup) {
    const { clock } = setup;
    const policyPass = new PolicyPass(setup);
    this.#setup = setup;
    this.#loop = new Loop({
      ...setup,
      name: 'policy',
      workers: 1,
      reconcile: async (_key, signal) => {
        const startedAt = clock.monotonic();
        const outcome = await policyPass.pass(signal);
        this.#tookSeconds = (clock.monotonic() - startedAt) / 1000;
        return outcome;
      },
    });
  }

  /** Plans until a signal is aborted: see {@link Loop.run}. */
  async run(signal: AbortSignal, atOnce?: AbortSignal): Promise<void> {
    const { policies, policyObjects, judged, looks, orphans, runs, namespaces } = this.#setup;
    const either = AbortSignal.any([signal, ...(atOnce === undefined ? [] : [atOnce])]);
    // A run that is not known yet would not be waited for.
    await Promise.all([runs, namespaces].map(async (cache) => cache.synced(either)));
    const soon = (): void =>
      this.#loop.addAfter(all, Math.max(leastQuietSeconds, this.#tookSeconds / busyShare));
    const listening = [
      policies.onChange(() => this.#loop.add(all)),
      // A person's word stands in an annotation, which no generation counts.
      policyObjects.onChange(({ before, after }) => {
        if (approvalOf(before) !== approvalOf(after)) this.#loop.add(all);
      }),
      judged.onChange(soon),
      looks.onChange(soon),
      orphans.onChange(soon),
      runs.onChange(({ before, after }) => {
        if (before === undefined || after === undefined) soon();
      }),
    ];
    this.#loop.add(all);
    await this.#loop.run(signal, atOnce);
    for (const stopListening of listening) stopListening();
  }
}

const approvalOf = (policy: KubeObject | undefined): string | undefined =>
  policy?.metadata.annotations?.[annotations.approve];
