// Which policies' capacities cannot be judged now: as long as one run that a policy may select is not known as it is in its store, nothing is
// taken of any for it, since what is not known may weigh anything.
import type { Labels } from '../store/label-selector.ts';
import { type RetentionPolicy, type RunName, selects } from './policy.ts';

/** A run, as whoever plans all of them knows it. */
export interface RunToCount {
  readonly name: RunName;
  readonly labels: Labels;
  /** Undefined = not known: any policy may select it. */
  readonly namespaceLabels: Labels | undefined;
  /** Why it is not known as it is; undefined = it is. */
  readonly unknown: string | undefined;
}

/** The runs for which a capacity waits, by the policy's name; a policy that can be judged is not in it. */
export function uncountedRuns(
  policies: readonly RetentionPolicy[],
  runs: readonly RunToCount[],
): ReadonlyMap<string, readonly RunToCount[]> {
  const unknown = runs.filter((run) => run.unknown !== undefined);
  const limiting = policies.filter(({ capacity, mode }) => capacity !== undefined && mode !== 'Off');
  return new Map(
    limiting.flatMap((policy) => {
      const held = unknown.filter((run) => maySelect(policy, run));
      return held.length === 0 ? [] : [[policy.name, held] as const];
    }),
  );
}

const maySelect = (policy: RetentionPolicy, { labels, namespaceLabels }: RunToCount): boolean =>
  namespaceLabels === undefined || selects(policy, { labels, namespaceLabels });
