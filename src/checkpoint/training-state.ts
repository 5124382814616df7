// What an F5-TTS checkpoint says about the training, read from its scanned pickle. Pure; reads no tensors.

import type { Problem } from './problem.ts';
import type { PickleValue } from './pickle-value.ts';
import { asNode, entryOf } from './pickle-value.ts';

/**
 * full: the trainer resumes from it with model, optimizer, scheduler and counter. emaOnly: it starts at 0 from these weights.
 * weightsOnly: raw weights, for inference; the trainer refuses to start from them. unknown: anything else.
 */
export type CheckpointKind = 'full' | 'emaOnly' | 'weightsOnly' | 'unknown';

/** The training as a checkpoint tells it; null where it does not. */
export interface TrainingState {
  readonly kind: CheckpointKind;
  /** The key the counter stood under: F5-TTS before 0.4.0 counted micro-steps under `step`. */
  readonly counter: 'update' | 'step' | null;
  /** The counter's value: optimizer updates, or raw micro-steps where `counter` is `step`. */
  readonly update: number | null;
  readonly schedulerLastEpoch: number | null;
  readonly totalIters: readonly number[] | null;
  /** Processes that trained it. The scheduler steps once per process and update. Null for micro-steps. */
  readonly worldSize: number | null;
  /** Updates the LR schedule was made for. Null for micro-steps. */
  readonly plannedUpdates: number | null;
  /** How much of the LR schedule has been run, 0–100, rounded down. */
  readonly percent: number | null;
}

/** A state that tells nothing. */
export const unknownState: TrainingState = {
  kind: 'unknown',
  counter: null,
  update: null,
  schedulerLastEpoch: null,
  totalIters: null,
  worldSize: null,
  plannedUpdates: null,
  percent: null,
};

function asCount(value: PickleValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? Math.abs(value) : null;
}

/** The kind, by the keys the trainer asks for; a counter is what makes it restore optimizer and scheduler. */
function kindOf(root: PickleValue): CheckpointKind {
  const has = (key: string): boolean => asNode(entryOf(root, key), 'dict') !== undefined;
  const isCounted = ['update', 'step'].some((key) => entryOf(root, key) !== undefined);
  if (isCounted) return has('model_state_dict') && has('optimizer_state_dict') ? 'full' : 'unknown';
  if (has('ema_model_state_dict')) return 'emaOnly';
  return has('model_state_dict') ? 'weightsOnly' : 'unknown';
}

function totalItersOf(scheduler: PickleValue | undefined): readonly number[] | null {
  const parts = asNode(entryOf(scheduler, '_schedulers'), 'list')?.items ?? [];
  const totals = parts.map((part) => entryOf(part, 'total_iters'));
  const numbers = totals.filter((total) => typeof total === 'number' && Number.isFinite(total) && total >= 0);
  return numbers.length === totals.length && numbers.length > 0 ? numbers.map(Number) : null;
}

interface Schedule {
  readonly counter: 'update' | 'step' | null;
  readonly update: number | null;
  readonly lastEpoch: number | null;
  readonly totalIters: readonly number[] | null;
}

/** World size, plan and progress, which only the LR scheduler knows. */
function planOf(schedule: Schedule): Pick<TrainingState, 'worldSize' | 'plannedUpdates' | 'percent'> {
  const { counter, update, lastEpoch, totalIters } = schedule;
  if (lastEpoch === null || totalIters === null)
    return { worldSize: null, plannedUpdates: null, percent: null };
  const total = totalIters.reduce((sum, iters) => sum + iters, 0);
  const percent = total > 0 ? Math.min(100, Math.floor((100 * lastEpoch) / total)) : null;
  if (counter !== 'update' || update === null || update === 0)
    return { worldSize: null, plannedUpdates: null, percent };
  const worldSize = Math.round(lastEpoch / update);
  if (worldSize < 1) return { worldSize: null, plannedUpdates: null, percent };
  return { worldSize, plannedUpdates: Math.round(total / worldSize), percent };
}

function counterProblem(state: TrainingState): readonly Problem[] {
  if (state.counter === null || state.update !== null) return [];
  return [
    {
      code: 'CounterInvalid',
      message: `The checkpoint's ${state.counter} is no whole number of at least 0.`,
    },
  ];
}

/** People remove the scheduler to escape its horizon; F5-TTS then dies of the missing key when it loads the file. */
function schedulerProblem(kind: CheckpointKind, root: PickleValue): readonly Problem[] {
  if (kind !== 'full' || asNode(entryOf(root, 'scheduler_state_dict'), 'dict') !== undefined) return [];
  const message =
    'The checkpoint holds no scheduler_state_dict, without which F5-TTS cannot resume from it; its weights can still be exported.';
  return [{ code: 'SchedulerMissing', message }];
}

function keyProblem(kind: CheckpointKind, keys: readonly PickleValue[]): readonly Problem[] {
  if (kind !== 'unknown') return [];
  const named = keys.filter((key) => typeof key === 'string').slice(0, 12);
  return [
    {
      code: 'KeyMissing',
      message: `The checkpoint holds the keys ${JSON.stringify(named)}: neither a full F5-TTS checkpoint nor its weights alone.`,
    },
  ];
}

/** Reads the training's state from a checkpoint's root dict, and names what is wrong with it. */
export function readTrainingState(root: PickleValue): {
  readonly state: TrainingState;
  readonly problems: readonly Problem[];
} {
  const dict = asNode(root, 'dict');
  const keys = [...(dict?.entries.keys() ?? [])];
  const kind = kindOf(root);
  // The trainer itself lets `step` override `update` where both are present.
  const counter = (['step', 'update'] as const).find((key) => dict?.entries.has(key)) ?? null;
  const update = counter === null ? null : asCount(entryOf(root, counter));
  const scheduler = entryOf(root, 'scheduler_state_dict');
  const lastEpoch = asCount(entryOf(scheduler, 'last_epoch'));
  const totalIters = totalItersOf(scheduler);
  const plan = planOf({ counter, update, lastEpoch, totalIters });
  const state: TrainingState = {
    kind,
    counter,
    update,
    schedulerLastEpoch: lastEpoch,
    totalIters,
    ...plan,
  };
  return {
    state,
    problems: [...keyProblem(kind, keys), ...schedulerProblem(kind, root), ...counterProblem(state)],
  };
}
