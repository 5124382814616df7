// The CLI's world with several runs in one store that may be used, each with Steps of its own in the bucket, and with policies.
import { apiVersion, policyNames, runNames } from '../../src/api/names.ts';
import { type AttemptId, formatAttemptId, formatRunObject } from '../../src/domain/bucket/keys.ts';
import { namespaces, policies, runs, stores } from '../../src/ports/kinds.ts';
import { attemptDocument } from '../../src/wire/attempt-document.ts';
import { runDocument } from '../../src/wire/run-document.ts';
import { CliBench, emptyStatus } from './cli-bench.ts';

export interface TrainedRun {
  readonly namespace?: string;
  readonly run: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** spec, beside the trainer */
  readonly spec?: object;
  readonly phase?: string;
  /** Steps of each attempt, which resumed from the newest of the one before that is not above its own first. */
  readonly steps: readonly (readonly number[])[];
}

const hour = 3_600_000;
const sizeBytes = 1000;

export class PlanBench extends CliBench {
  constructor() {
    super();
    const { storage } = this.cluster;
    const lastTransitionTime = '2026-11-22T12:00:00Z';
    const available = {
      type: 'Available',
      status: 'True',
      reason: 'Probed',
      message: '',
      lastTransitionTime,
    };
    storage.patch(stores, { name: 'main' }, { spec: { allowedNamespaces: {} } });
    const { generation: observedGeneration = 1 } = storage.read(stores, { name: 'main' })?.metadata ?? {};
    const retention = { graceSeconds: 900, approveAbove: { percent: 40, checkpoints: 10 } };
    const status = { observedGeneration, conditions: [available], retention };
    storage.putStatus(stores, { name: 'main' }, { status });
    for (const [name, team] of [
      ['voice', 'voice'],
      ['singing', 'music'],
    ] as const)
      storage.seed(namespaces, { metadata: { name, labels: { team } } });
  }

  /** Run a with one attempt and no rules, and b with two, of which the second left what the first saved beyond 20, and the newest is kept. */
  async addTwoRuns(): Promise<void> {
    await this.addRun({ run: 'a', steps: [[10, 20, 30, 40, 50]] });
    await this.addRun({
      run: 'b',
      spec: { retention: { keepNewest: 1 } },
      steps: [
        [10, 20, 30],
        [25, 35, 45],
      ],
    });
  }

  /** A policy of the cluster, by its spec. */
  addPolicy(name: string, spec: object): void {
    this.cluster.storage.seed(policies, { apiVersion, kind: policyNames.kind, metadata: { name }, spec });
  }

  /** The run and what it saved, an hour apart, all of it at least a day ago. */
  async addRun(trained: TrainedRun): Promise<void> {
    const { namespace = 'voice', run, labels = {}, spec = {}, phase = 'Running', steps } = trained;
    const object = this.cluster.storage.seed(runs, {
      apiVersion,
      kind: runNames.kind,
      metadata: { namespace, name: run, labels },
      spec: { store: 'main', trainer: { image: 'f5-tts:1', checkpointDir: '/ckpts' }, ...spec },
      status: { ...emptyStatus, phase },
    });
    const prefix = `prod/${namespace}/${run}/`;
    const runUid = object.metadata.uid;
    const marker = { version: 1, clusterUid: 'cluster', namespace, name: run, runUid, labels } as const;
    this.objects.seed(
      `${prefix}run.json`,
      runDocument.format({ ...marker, highestAttempt: steps.length, phase }),
    );
    for (const [at, updates] of steps.entries()) {
      this.#open(prefix, { trained, runUid, at });
      const attempt = attemptOf(at);
      for (const update of updates) {
        await this.clock.advance(hour);
        const key = formatRunObject({ is: 'Checkpoint', attempt, kind: 'Step', update });
        this.objects.seed(`${prefix}${key}`, new Uint8Array(sizeBytes));
      }
    }
    await this.clock.advance(24 * hour);
  }

  /** What a run left that has been gone for so long by the store's own note. */
  async addGone(trained: TrainedRun, { days }: { readonly days: number }): Promise<void> {
    const { namespace = 'voice', run } = trained;
    await this.addRun(trained);
    this.cluster.storage.delete(runs, { namespace, name: run }, {});
    const key = `prod/${namespace}/${run}/run.json`;
    const bytes = this.objects.objects.get(key)?.bytes ?? new Uint8Array();
    const document = runDocument.parse(new TextDecoder().decode(bytes), key);
    this.objects.objects.delete(key);
    const gone = { since: this.clock.now() - days * 24 * hour };
    this.objects.seed(key, runDocument.format({ ...document, gone }));
  }

  /** The run is deleted as soon as somebody has listed all runs. */
  deleteOnceListed(run: string): void {
    this.cluster.after = ({ verb, plural }) => {
      if (verb !== 'list' || plural !== runs.plural) return;
      this.cluster.after = () => undefined;
      this.cluster.storage.delete(runs, { namespace: 'voice', name: run }, {});
    };
  }

  #open(
    prefix: string,
    { trained, runUid, at }: { readonly trained: TrainedRun; readonly runUid: string; readonly at: number },
  ): void {
    const attempt = attemptOf(at);
    const own = trained.steps[at]?.[0] ?? Infinity;
    const update = trained.steps[at - 1]?.findLast((before) => before < own);
    const from = attemptOf(at - 1);
    const key = `${prefix}${formatRunObject({ is: 'Checkpoint', attempt: from, kind: 'Step', update: update ?? 0 })}`;
    this.objects.seed(
      `${prefix}attempts/${formatAttemptId(attempt)}/attempt.json`,
      attemptDocument.format({
        version: 1,
        attempt,
        runUid,
        podUid: attempt.pod,
        resumedFrom: update === undefined ? null : { attempt: from, update, key, sizeBytes },
        initializedFrom: null,
        rollback: null,
        skipped: [],
        image: 'f5-tts:1',
        gpus: 1,
        restoreSeconds: 1,
        waitedSeconds: 0,
      }),
    );
  }
}

const attemptOf = (at: number): AttemptId => ({ number: at + 1, pod: String(at + 1).repeat(8) });
