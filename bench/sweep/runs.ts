// The store of the sweep bench: runs of a hundred objects each, of which retention keeps ten. What must stay is told here by the
// layout alone, so that no planner judges itself.
import { formatRunObject, formatRunPrefix } from '../../src/domain/bucket/keys.ts';

export const storePrefix = 'bench';
export const keysPerRun = 100;
export const keepNewest = 6;
const runsPerNamespace = 500;
const attempt = { number: 1, pod: '9f31c2aa' } as const;
const every = 500;

export interface BenchRun {
  /** With its trailing slash. */
  readonly prefix: string;
  /** Objects that must stay. */
  readonly kept: readonly string[];
  /** Objects that retention must delete. */
  readonly condemned: readonly string[];
}

export const benchAttempt = attempt;

/** The prefix of a run, by its number. */
export function runPrefixOf(index: number): string {
  const namespace = `team-${String(Math.floor(index / runsPerNamespace)).padStart(3, '0')}`;
  return formatRunPrefix({ prefix: storePrefix, namespace, run: `voice-${String(index).padStart(6, '0')}` });
}

function makeRun(index: number): BenchRun {
  const prefix = runPrefixOf(index);
  const checkpoint = (kind: 'Last' | 'Step', update: number): string =>
    prefix + formatRunObject({ is: 'Checkpoint', attempt, kind, update });
  const count = keysPerRun - 4;
  const steps = Array.from({ length: count }, (_, n) => checkpoint('Step', (n + 1) * every));
  const top = count * every;
  return {
    prefix,
    kept: [
      `${prefix}run.json`,
      prefix + formatRunObject({ is: 'Attempt', attempt }),
      checkpoint('Last', top + 100),
      checkpoint('Last', top + 200),
      ...steps.slice(-keepNewest),
    ],
    condemned: steps.slice(0, -keepNewest),
  };
}

/** All runs of a store with so many objects. */
export const makeRuns = (keys: number): readonly BenchRun[] =>
  Array.from({ length: Math.ceil(keys / keysPerRun) }, (_, index) => makeRun(index));
