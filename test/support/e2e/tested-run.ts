// A run under test: applied as a user applies it, watched until it is as it should be, explained when the test fails, removed afterwards.
import type { TestContext } from 'vitest';
import { annotations } from '../../../src/api/names.ts';
import type { LedgerEntry, Phase, RunStatus } from '../../../src/domain/run/status.ts';
import type { Pod } from '../../../src/ports/kube-objects.ts';
import { listCheckpoints } from './bucket.ts';
import { diagnose } from './diagnosis.ts';
import { eventually, patienceSeconds } from './patience.ts';
import { attemptOf, containerState, findRun, listPods, podPath, type RunName, runPath } from './run-view.ts';
import { stage } from './stage.ts';
import { holdArgs, releaseFile, type RunManifest, type RunOptions, trainingRun } from './training-run.ts';

export class TestedRun implements RunName {
  readonly namespace: string;
  readonly name: string;
  /** A store of a test's own has its prefix from its name. */
  readonly prefix: string | undefined;
  readonly manifest: RunManifest;

  constructor(manifest: RunManifest) {
    this.manifest = manifest;
    this.namespace = manifest.metadata.namespace;
    this.name = manifest.metadata.name;
    this.prefix = manifest.spec.store;
  }

  async apply(): Promise<void> {
    await stage().cli.apply(this.manifest);
  }

  /** A merge patch of the run. */
  async patch(body: object): Promise<void> {
    await stage().api.change({ method: 'PATCH', path: runPath(this), body });
  }

  async annotateRetry(value: string): Promise<void> {
    await this.patch({ metadata: { annotations: { [annotations.retry]: value } } });
  }

  /** As `kubectl delete ttsr --wait=false`. */
  async delete(): Promise<void> {
    await stage().api.change({ method: 'DELETE', path: runPath(this) });
  }

  async uid(): Promise<string> {
    return (await findRun(this))?.metadata.uid ?? '';
  }

  /** Resolves with the first status that is as wanted. @throws with the run's last message, at once when the moment is `isMissed` */
  async until(
    what: string,
    isWanted: (status: RunStatus) => boolean | Promise<boolean>,
    isMissed: (status: RunStatus) => boolean = () => false,
  ): Promise<RunStatus> {
    let last: RunStatus | undefined;
    let missed = false;
    await eventually({
      otherwise: `${this.namespace}/${this.name}: not yet so: ${what}`,
      everyMillis: 100,
      check: async (signal) => {
        last = (await findRun(this, signal))?.status;
        if (last === undefined) return 'it has no status';
        if (await isWanted(last)) return undefined;
        missed = isMissed(last);
        return missed ? undefined : `it is ${last.phase}: ${last.message}`;
      },
    });
    if (missed)
      throw new Error(
        `${this.namespace}/${this.name}: missed: ${what}; attempt ${last?.attempt} is ${last?.phase}: ${last?.message}`,
      );
    if (last === undefined) throw new Error('unreachable: it resolved without a status');
    return last;
  }

  async untilPhase(phase: Phase): Promise<RunStatus> {
    return this.until(
      `phase ${phase}`,
      (status) => status.phase === phase,
      (status) => status.phase === 'Succeeded',
    );
  }

  /** The attempt trains and has been seen beyond this update, which is saved. */
  async untilSaved(update: number, attempt = 1): Promise<RunStatus> {
    return this.until(
      `attempt ${attempt} trains, and update ${update} is saved`,
      ({ phase, attempt: current, resumePoint }) =>
        phase === 'Running' && current === attempt && (resumePoint?.update ?? 0) >= update,
      (status) => isBeyond(status, attempt),
    );
  }

  /** The entry of an attempt, once it has ended. */
  async untilEnded(attempt: number): Promise<LedgerEntry> {
    const { attempts } = await this.until(
      `attempt ${attempt} has ended`,
      (status) => entryOf(status, attempt)?.endedAt !== undefined,
    );
    const entry = attempts.find(({ number }) => number === attempt);
    if (entry === undefined) throw new Error(`unreachable: attempt ${attempt} is not in the ledger`);
    return entry;
  }

  /** The pod of an attempt, once its trainer runs, or has run. */
  async untilTraining(attempt: number): Promise<Pod> {
    let found: Pod | undefined;
    let isMissed = false;
    await eventually({
      otherwise: `${this.namespace}/${this.name}: the trainer of attempt ${attempt} does not run`,
      everyMillis: 100,
      check: async () => {
        found = await this.pod(attempt);
        if (found === undefined) {
          const status = (await findRun(this))?.status;
          isMissed = status !== undefined && isBeyond(status, attempt);
          return isMissed ? undefined : 'there is no pod';
        }
        const state = containerState(found, 'trainer');
        return state?.running === undefined && state?.terminated === undefined
          ? JSON.stringify(state ?? found.status)
          : undefined;
      },
    });
    if (found === undefined)
      throw new Error(`${this.namespace}/${this.name}: attempt ${attempt} is over, and its pod is gone`);
    return found;
  }

  async pod(attempt: number): Promise<Pod | undefined> {
    return (await listPods(this)).find((pod) => attemptOf(pod) === attempt);
  }

  /** What the eviction of its pod does, by `kubectl drain` or anybody else. */
  async evict({ metadata: { name } }: Pod): Promise<void> {
    const body = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace: this.namespace },
    };
    await stage().api.change({ method: 'POST', path: `${podPath(this.namespace, name)}/eviction`, body });
  }

  async logs({ metadata: { name } }: Pod, container: string): Promise<string> {
    return stage().cli.run('logs', '-n', this.namespace, name, '-c', container);
  }

  /** The pod of an attempt, once its trainer holds at this update and what it saved up to the other is in the bucket. */
  async untilHeld(update: number, saved: number, attempt = 1): Promise<Pod> {
    const pod = await this.untilSaid(attempt, `update=${update}]`);
    await this.untilSaved(saved, attempt);
    return pod;
  }

  /** These Steps of an attempt are in the bucket: newer states are sent first. */
  async untilStepsStored(updates: readonly number[], attempt = 1): Promise<void> {
    const wanted = updates.map((update) => `${attempt} Step ${update}`);
    await eventually({
      otherwise: `${this.namespace}/${this.name}: not all of these Steps are in the bucket: ${updates.join()}`,
      check: async () => {
        const all = await listCheckpoints(this);
        const stored = all.map(({ attempt: { number }, kind, update }) => `${number} ${kind} ${update}`);
        return wanted.every((one) => stored.includes(one)) ? undefined : `there is ${stored.join(', ')}`;
      },
    });
  }

  /** Has an attempt that is still to come hold at this update, and no other. */
  async hold(update: number, attempt: number): Promise<void> {
    const args = [...this.manifest.spec.trainer.args, ...holdArgs(update, attempt)];
    await this.patch({ spec: { trainer: { args } } });
  }

  /** From the next attempt on, an update takes no time. */
  async hurry(): Promise<void> {
    const args = [...this.manifest.spec.trainer.args, '--update-seconds=0'];
    await this.patch({ spec: { trainer: { args } } });
  }

  /** Lets a trainer go on that holds. */
  async release({ metadata: { name } }: Pod): Promise<void> {
    const command = ['sh', '-c', `: > ${releaseFile}`];
    await stage().cli.run('exec', '-n', this.namespace, name, '-c', 'trainer', '--', ...command);
  }

  /** The pod of an attempt, once its trainer has said this. */
  async untilSaid(attempt: number, words: string): Promise<Pod> {
    const pod = await this.untilTraining(attempt);
    await eventually({
      otherwise: `${this.namespace}/${this.name}: the trainer of attempt ${attempt} did not say: ${words}`,
      everyMillis: 200,
      check: async () => {
        const log = await this.logs(pod, 'trainer');
        return log.includes(words) ? undefined : `it said: ${log}`;
      },
    });
    return pod;
  }

  /** Takes it away with its pods, not waiting for any flush. */
  async remove(): Promise<void> {
    const { cli } = stage();
    await cli.run('delete', 'ttsr', this.name, '-n', this.namespace, '--ignore-not-found', '--wait=false');
    const within = `--timeout=${patienceSeconds}s`;
    await cli.run('delete', 'pods', '--all', '-n', this.namespace, '--grace-period=1', within);
  }
}

/** The entry of an attempt in a status. */
export const entryOf = ({ attempts }: RunStatus, attempt: number): LedgerEntry | undefined =>
  attempts.find(({ number }) => number === attempt);

/** True when the attempt will never train again. */
const isBeyond = ({ phase, attempt: newest }: RunStatus, attempt: number): boolean =>
  newest > attempt || phase === 'Succeeded';

/** A run, not applied yet, that this test explains when it fails and removes at its end. */
export function makeTestedRun(context: TestContext, options: RunOptions): TestedRun {
  const run = new TestedRun(trainingRun(options));
  context.onTestFinished(async () => {
    if (context.task.result?.state === 'fail') await diagnose(run);
    await run.remove();
  });
  return run;
}

/** As {@link makeTestedRun}, and applied. */
export async function applyTestedRun(context: TestContext, options: RunOptions): Promise<TestedRun> {
  const run = makeTestedRun(context, options);
  await run.apply();
  return run;
}
