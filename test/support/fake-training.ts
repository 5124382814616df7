// A node, its agents and its trainer, played turn by turn over a fake cluster and a fake bucket: restore plans as the real one
// does, the trainer counts and saves by a script, a deleted pod flushes and goes. Deterministic; it acts only in its turn.
import { containers, labels } from '../../src/api/names.ts';
import { restoreExitCodes } from '../../src/domain/run/ending.ts';
import type { AgentStatusReader } from '../../src/ports/agent-status.ts';
import { pods } from '../../src/ports/kinds.ts';
import type { ContainerStatus, Pod } from '../../src/ports/kube-objects.ts';
import { restoreResult } from '../../src/wire/restore-result.ts';
import { FakeAttemptFiles } from './fake-attempt-files.ts';
import type { FakeCluster } from './fake-cluster.ts';
import { FakeJobs } from './fake-jobs.ts';
import { FakeKubelet } from './fake-kubelet.ts';
import { chooseBeginning } from './fake-restore.ts';
import type { FakeObjectStore } from './fake-object-store.ts';
import { inPieces } from './log-pieces.ts';
import { formatTime } from './object-storage/object-rows.ts';
import { TrainingHistory } from './training-history.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface TrainerScript {
  /** Updates a turn. */
  readonly pace: number;
  readonly stepEvery: number;
  /** The end of the schedule. */
  readonly target: number;
  /** The updates at which, once each, the trainer fails with exit code 1. */
  readonly crashes: number[];
}

interface Trainer {
  readonly files: FakeAttemptFiles;
  update: number;
  uploads: number;
  /** The newest update it has saved. */
  saved: number | undefined;
  log: string;
  readonly startedAt: number;
}

export interface FakeTrainingSetup {
  readonly cluster: FakeCluster;
  readonly objects: FakeObjectStore;
  readonly clock: VirtualClock;
}

export class FakeTraining implements AgentStatusReader {
  readonly jobs: FakeJobs;
  readonly kubelet: FakeKubelet;
  /** What really happened. */
  readonly history = new TrainingHistory();
  script: TrainerScript = { pace: 10, stepEvery: 20, target: 100, crashes: [] };
  /** While false, pods that are not on a node stay so. */
  hasRoom = true;
  /** The log of a trainer that runs comes in pieces of so many updates. */
  logEvery = 1;
  /** While false, a trainer that goes away leaves what it has not saved. */
  flushes = true;
  /** With what a trainer exits whose pod is deleted. */
  exitCodeWhenTold = 143;
  /** Nodes of which nothing is heard. */
  readonly #silent = new Set<string>();
  readonly #setup: FakeTrainingSetup;
  readonly #trainers = new Map<string, Trainer>();
  /** When the restore of each pod began. */
  readonly #restores = new Map<string, number>();

  constructor(setup: FakeTrainingSetup) {
    this.#setup = setup;
    this.jobs = new FakeJobs(setup.cluster);
    this.kubelet = new FakeKubelet(setup.cluster, () => setup.clock.now());
  }

  get pods(): readonly Pod[] {
    return this.#setup.cluster.storage.list(pods, {});
  }

  /** Everybody but the operator does what is due. */
  async turn(): Promise<void> {
    this.jobs.step();
    for (const pod of this.pods) if (!this.#silent.has(pod.spec?.nodeName ?? '')) await this.#advance(pod);
    this.jobs.step();
  }

  /** The node goes away with whatever runs on it, as the node controller sees it. */
  loseNode(name: string): void {
    this.#silent.add(name);
    this.kubelet.setNodeReady(name, false);
  }

  /** What its sync agent says of the pod with this IP. */
  async read(podIp: string): ReturnType<AgentStatusReader['read']> {
    const trainer = this.#trainers.get(podIp);
    if (trainer === undefined) return undefined;
    const { files, saved = null, uploads } = trainer;
    return {
      version: 1,
      attempt: files.id,
      observedAt: this.#setup.clock.now(),
      lastUpdateSeen: saved,
      lastUpdateSaved: saved,
      plannedUpdates: this.script.target,
      uploads,
      uploading: null,
      flushing: false,
      problems: [],
    };
  }

  async #advance(pod: Pod): Promise<void> {
    const { phase } = pod.status ?? {};
    const isOver = phase === 'Succeeded' || phase === 'Failed';
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (isOver) this.kubelet.removePod(pod.metadata);
      else this.#end(pod, this.exitCodeWhenTold);
    } else if (pod.spec?.nodeName === undefined) this.#schedule(pod);
    else if (phase === 'Pending') await this.#restore(pod);
    else if (!isOver) this.#train(pod);
  }

  #schedule({ metadata }: Pod): void {
    if (!this.hasRoom) return;
    const node = `gpu-${metadata.labels?.[labels.attempt] ?? ''}`;
    if (!this.kubelet.hasNode(node)) this.kubelet.addNode(node);
    this.kubelet.bind(metadata, node);
    const now = this.#setup.clock.now();
    this.history.scheduled(metadata.uid, now);
    this.#restores.set(metadata.uid, now);
    const lastTransitionTime = formatTime(now);
    this.kubelet.setPodStatus(metadata, {
      phase: 'Pending',
      // Its IP is its UID: all that is asked of an IP here is that no two pods share one.
      podIP: metadata.uid,
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime }],
      initContainerStatuses: [running(containers.restore, now)],
    });
  }

  async #restore(pod: Pod): Promise<void> {
    const { objects, clock } = this.#setup;
    const files = new FakeAttemptFiles(objects, pod);
    const { predecessor } = files.environment;
    if (!files.isPredecessorDone && clock.now() < (predecessor?.until ?? 0)) return;
    const restored = await chooseBeginning(objects, files);
    if (restored.outcome !== 'Started') return this.#stopRestore(pod, restored.outcome, restored.message);
    const began = this.#restores.get(pod.metadata.uid) ?? clock.now();
    // What it does besides waiting takes it a turn.
    files.open(restored.origin, Math.max(0, (clock.now() - began) / 1000 - 1));
    this.#startTrainer(pod, {
      files,
      update: restored.update,
      uploads: 0,
      saved: undefined,
      log: '',
      startedAt: clock.now(),
    });
  }

  #startTrainer(pod: Pod, trainer: Trainer): void {
    this.#trainers.set(pod.metadata.uid, trainer);
    this.kubelet.setPodStatus(pod.metadata, {
      phase: 'Running',
      initContainerStatuses: [this.#restored(pod), running(containers.sync, trainer.startedAt)],
      containerStatuses: [running(containers.trainer, trainer.startedAt)],
    });
  }

  #restored({ metadata }: Pod, exitCode = 0, at = this.#setup.clock.now()): ContainerStatus {
    return terminated(containers.restore, exitCode, { from: this.#restores.get(metadata.uid) ?? at, at });
  }

  #stopRestore(pod: Pod, outcome: 'Stopped' | 'Unavailable', said: string): void {
    const exitCode = outcome === 'Stopped' ? restoreExitCodes.waitsForPerson : restoreExitCodes.retryable;
    const message = restoreResult.format({ version: 1, outcome, reason: '', message: said, update: null });
    const { state, ...status } = this.#restored(pod, exitCode);
    this.history.released(pod.metadata.uid, this.#setup.clock.now());
    const restore = { ...status, state: { terminated: { exitCode, ...state?.terminated, message } } };
    this.kubelet.setPodStatus(pod.metadata, { phase: 'Failed', initContainerStatuses: [restore] });
  }

  #train(pod: Pod): void {
    const trainer = this.#trainers.get(pod.metadata.uid);
    if (trainer === undefined) return;
    const { pace, stepEvery, target, crashes } = this.script;
    const goal = Math.min(trainer.update + pace, target);
    while (trainer.update < goal) {
      trainer.update += 1;
      trainer.log += `update=${trainer.update}\n`;
      const attempt = trainer.files.id.number;
      this.history.note({ attempt, update: trainer.update, at: this.#setup.clock.now() });
      if (crashes[0] === trainer.update) {
        crashes.shift();
        return this.#end(pod, 1);
      }
      if (trainer.update % stepEvery === 0) this.#save(trainer, 'Step');
    }
    this.#setup.cluster.setPodLog(pod.metadata, containers.trainer, inPieces(trainer.log, this.logEvery));
    if (trainer.update >= target) this.#end(pod, 0);
  }

  /** The trainer ends; sync flushes what is newest and writes end.json; the pod is over. */
  #end(pod: Pod, exitCode: number): void {
    const at = this.#setup.clock.now();
    const trainer = this.#trainers.get(pod.metadata.uid);
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    this.history.released(pod.metadata.uid, at);
    if (trainer === undefined) return this.kubelet.setPodStatus(pod.metadata, { phase });
    this.#setup.cluster.setPodLog(pod.metadata, containers.trainer, trainer.log);
    if (this.flushes) this.#save(trainer, 'Last');
    if (this.flushes) trainer.files.close(trainer.update, pod.metadata.deletionTimestamp !== undefined);
    this.kubelet.setPodStatus(pod.metadata, {
      phase,
      initContainerStatuses: [
        this.#restored(pod, 0, trainer.startedAt),
        terminated(containers.sync, 0, { from: trainer.startedAt, at }),
      ],
      containerStatuses: [terminated(containers.trainer, exitCode, { from: trainer.startedAt, at })],
    });
  }

  #save(trainer: Trainer, kind: 'Last' | 'Step'): void {
    const { update, files } = trainer;
    const key = files.save(kind, update);
    this.history.saved({ key, update, attempt: files.id.number, at: this.#setup.clock.now() });
    trainer.uploads += 1;
    trainer.saved = trainer.update;
  }
}

const running = (name: string, at: number): ContainerStatus => ({
  name,
  restartCount: 0,
  state: { running: { startedAt: formatTime(at) } },
});

const terminated = (
  name: string,
  exitCode: number,
  { from, at }: { readonly from: number; readonly at: number },
): ContainerStatus => ({
  name,
  restartCount: 0,
  state: {
    terminated: {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt: formatTime(from),
      finishedAt: formatTime(at),
    },
  },
});
