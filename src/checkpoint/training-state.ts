// What an F5-TTS checkpoint says about the training, read from its scanned pickle. Pure; reads no tensors.

import type { Problem } from './problem.ts';
import type { PickleValue } from './pickle-value.ts';
import { asNode, entryOf } from './pickle-value.ts';

/**
 * full: the trainer resumes from it with model, optimizer, scheduler and counter. emaOnly, weightsOnly: it starts at 0
 * from these weights. unknown: anything else.
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
  /** Rows of the text embedding: lines of vocab.txt plus one. */
  readonly vocabRows: number | null;
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
  vocabRows: null,
};

function asCount(value: PickleValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** The kind, by the keys the trainer asks for; a counter is what makes it restore optimizer and scheduler. */
function kindOf(has: (key: string) => boolean): CheckpointKind {
  const counted = has('update') || has('step');
  if (counted)
    return ['model_state_dict', 'optimizer_state_dict', 'scheduler_state_dict'].every((key) => has(key))
      ? 'full'
      : 'unknown';
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

/** First dimension of the text embedding: the third argument of `_rebuild_tensor_v2` is the shape. */
function vocabRowsOf(root: PickleValue): number | null {
  for (const group of ['model_state_dict', 'ema_model_state_dict']) {
    for (const [name, tensor] of asNode(entryOf(root, group), 'dict')?.entries ?? []) {
      if (typeof name === 'string' && name.endsWith('text_embed.text_embed.weight')) {
        return asCount(asNode(asNode(tensor, 'call')?.args.items[2], 'tuple')?.items[0]);
      }
    }
  }
  return null;
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
  const has = (key: string): boolean => dict?.entries.has(key) ?? false;
  const kind = kindOf(has);
  // The trainer itself lets `step` override `update` where both are present.
  const counter = has('step') ? 'step' : has('update') ? 'update' : null;
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
    vocabRows: vocabRowsOf(root),
  };
  return { state, problems: [...keyProblem(kind, keys), ...counterProblem(state)] };
}
