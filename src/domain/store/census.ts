// Whether a list of the runs there are can be believed: what it does not show counts as gone.

/** So few runs may vanish at once, of however many. */
const fewRuns = 10;

/** Why this list says too little to call anything an orphan; undefined when it can be believed. */
export function doubtOf(before: number | undefined, now: number): string | undefined {
  if (before === undefined || before - now <= Math.max(fewRuns, before / 2)) return undefined;
  return `the API server lists ${now} TTSTrainingRuns, after ${before} the last time`;
}
