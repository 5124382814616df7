// The native sidecar: carries finished checkpoints from the trainer's directory to the bucket as they appear, and flushes
// what is left when the trainer has ended. Nothing it meets may disturb the training.
import { chooseNext } from '../../domain/agent/outbox.ts';
import { modelLast } from '../../domain/agent/checkpoint-files.ts';
import type { AgentStatusServer } from '../../ports/agent-status.ts';
import type { PlacedFile } from '../../wire/placed-file.ts';
import { podEndingPath } from '../../wire/sync-status.ts';
import { judgeFile } from '../judgement.ts';
import { isPlaced, readPlaced } from '../placed.ts';
import { type AgentWorld, sharedPath } from '../world.ts';
import { Alarm } from './alarm.ts';
import { Errand } from './errand.ts';
import { type Ended, flush } from './flush.ts';
import { freeSpace, releaseGrip } from './freeing.ts';
import { type Finished, type Parcel, SyncLedger } from './ledger.ts';
import { statusOf } from './status.ts';
import { lookAround } from './watcher.ts';

export interface SyncWorld extends AgentWorld {
  readonly status: AgentStatusServer;
}

const pollMilliseconds = 1_000;

/** While a file is being written, its rest is found out sooner. */
const quickPollMilliseconds = 200;

/** When sync is told to end (the trainer has), and when it must stop where it is. */
export interface SyncSignals {
  readonly told: AbortSignal;
  readonly signal: AbortSignal;
}

/** Runs until told, then flushes. Rejects only when `signal` is aborted, or for a fault of ours. */
export async function sync(world: SyncWorld, { told, signal }: SyncSignals): Promise<Ended> {
  const ledger = new SyncLedger();
  await using _server = await serveStatus(world, ledger);
  const placed = await readPlaced(world);
  const alarm = new Alarm();
  const errand = new Errand(world, ledger, () => alarm.hint());
  const stop = (): void => {
    alarm.end();
    if (signal.aborted) errand.abandon('sync was stopped');
  };
  told.addEventListener('abort', stop);
  signal.addEventListener('abort', stop);
  try {
    await learnPlan(world, { ledger, placed }, signal);
    await watch(world, { ledger, placed, errand, alarm }, { told, signal });
    return await flush(world, { ledger, placed, errand }, signal);
  } finally {
    told.removeEventListener('abort', stop);
    signal.removeEventListener('abort', stop);
    await errand.ended();
    await releaseGrip(ledger);
  }
}

interface Watching {
  readonly ledger: SyncLedger;
  readonly placed: PlacedFile | undefined;
  readonly errand: Errand;
  readonly alarm: Alarm;
}

async function watch(world: SyncWorld, watching: Watching, { told, signal }: SyncSignals): Promise<void> {
  const { ledger, alarm } = watching;
  using _hint = world.disk.hint(world.config.directory, () => alarm.hint());
  while (!told.aborted) {
    signal.throwIfAborted();
    await lookAround(world, { ...watching, isOver: false }, signal);
    await freeSpace(world, ledger);
    beginNext(world, watching);
    const isMoving = [...ledger.sightings.values()].some(({ times }) => times < 2);
    const longest = isMoving ? quickPollMilliseconds : pollMilliseconds;
    await alarm.pause(world.clock, { shortest: quickPollMilliseconds, longest });
  }
}

/** Starts the next errand, unless one is under way or the store needs a pause. */
function beginNext(world: SyncWorld, { ledger, placed, errand }: Watching): void {
  const now = world.clock.monotonic();
  if (errand.isRunning || now < (ledger.trouble?.retryAt ?? now)) return;
  if (ledger.sent === undefined) return errand.learn();
  const isLastDue = now >= ledger.lastDueAt;
  const { sent, fruitless } = ledger;
  const isReady = (candidate: Finished | Parcel): boolean =>
    'path' in candidate || candidate.name !== fruitless?.name || now >= fruitless.until;
  const ready = ledger.candidates().filter(isReady);
  const file = ledger.interruptedOf(ready) ?? chooseNext(ready, { sent, isLastDue });
  if (file !== undefined) errand.carry({ ledger, placed, isOver: false, file });
}

/** What was placed already tells how many updates are planned. */
async function learnPlan(
  world: SyncWorld,
  { ledger, placed }: Pick<Watching, 'ledger' | 'placed'>,
  signal: AbortSignal,
): Promise<void> {
  const path = sharedPath(world, modelLast);
  const facts = await world.disk.stat(path);
  if (facts === undefined || !isPlaced(placed, facts)) return;
  const judgement = await judgeFile(world.disk, path, signal);
  if (judgement.kind === 'Resumable') ledger.plannedUpdates = judgement.training.plannedUpdates;
}

/** The status is for people: sync goes on without it. */
async function serveStatus(world: SyncWorld, ledger: SyncLedger): Promise<AsyncDisposable> {
  try {
    return await world.status.serve({
      current: () => statusOf(world, ledger),
      podEndingPath: podEndingPath(world.config.environment.run.uid),
      onPodEnding: () => (ledger.podWasEnding = true),
    });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    world.log.error({ cause: message }, 'status cannot be served');
    return { [Symbol.asyncDispose]: async () => undefined };
  }
}
