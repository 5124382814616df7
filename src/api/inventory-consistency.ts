// What an inventory may not say though each of its fields is well formed: something twice, something that is not there, a lineage in a circle.
import type { Inventory, InventoryRun } from './inventory.ts';

/** Each problem with its path, the value and the cure. */
export function inconsistencies({ runs, policies = [] }: Inventory): readonly string[] {
  const runNames = repeated(
    runs.map(({ namespace, run }) => `${namespace}/${run}`),
    (at, first) =>
      `runs[${at}] is ${named(runs[at])}, which runs[${first}] is already: each run stands there once, with all its attempts`,
  );
  const policyNames = repeated(
    policies.map(({ name }) => name),
    (at, first) => `policies[${at}].name is the name of policies[${first}] as well: give each policy once`,
  );
  return [...runNames, ...policyNames, ...runs.flatMap((run, at) => ofRun(run, `runs[${at}]`))];
}

const named = (run: InventoryRun | undefined): string => `${run?.namespace}/${run?.run}`;

interface OfAttempt {
  readonly attempt: number;
  readonly pod?: string;
}

const nameOf = (number: number, pod: string | undefined): string =>
  pod === undefined ? `${number}` : `${number} of pod ${pod}`;

function ofRun(run: InventoryRun, path: string): readonly string[] {
  const { attempts, checkpoints, rollbackTargets = [] } = run;
  const sameAttempts = repeated(
    attempts.map(({ number, pod }) => nameOf(number, pod)),
    (at, first) =>
      `${path}.attempts[${at}] is attempt ${nameOf(attempts[at]?.number ?? 0, attempts[at]?.pod)}, which attempts[${first}] is already: give each once, several pods of one number by their pod`,
  );
  const sameCheckpoints = repeated(
    checkpoints.map(
      ({ attempt, pod, kind, update }) => `${kind} ${update} of attempt ${nameOf(attempt, pod)}`,
    ),
    (at, first, name) =>
      `${path}.checkpoints[${at}] is the ${name}, which checkpoints[${first}] is already: give each checkpoint once`,
  );
  const origins = attempts.flatMap((attempt, at) =>
    ofOrigin(run, attempt, `${path}.attempts[${at}].resumedFrom`),
  );
  const homes = [
    ...checkpoints.map((one, at) => [one, `${path}.checkpoints[${at}]`] as const),
    ...rollbackTargets.map((one, at) => [one, `${path}.rollbackTargets[${at}]`] as const),
  ].flatMap(([one, where]) => homeless(run, one, where));
  const undated =
    run.phase === 'Gone' && run.gone === undefined
      ? [`${path}.gone is missing: of a run whose phase is Gone say since when, as gone: {since}`]
      : [];
  return [...sameAttempts, ...sameCheckpoints, ...origins, ...homes, ...undated];
}

function ofOrigin(
  run: InventoryRun,
  { number, resumedFrom }: InventoryRun['attempts'][number],
  path: string,
): readonly string[] {
  if (resumedFrom === undefined) return [];
  if (resumedFrom.attempt < number) return homeless(run, resumedFrom, path);
  return [
    `${path}.attempt is ${resumedFrom.attempt}: attempt ${number} can only have resumed from one of a smaller number, or the lineage runs in a circle`,
  ];
}

/** Nothing when it names exactly one attempt of the run. */
function homeless({ attempts }: InventoryRun, { attempt, pod }: OfAttempt, path: string): readonly string[] {
  const fitting = attempts.filter(
    (known) => known.number === attempt && (pod === undefined || known.pod === pod),
  );
  if (fitting.length === 1) return [];
  if (fitting.length > 1)
    return [
      `${path}.pod is missing: several pods have tried attempt ${attempt} (${fitting.map((one) => one.pod ?? 'one without a name').join(', ')}), so say which`,
    ];
  return [
    `${path} names attempt ${nameOf(attempt, pod)}, which is not among the run's attempts: correct it, or add the attempt`,
  ];
}

/** A sentence for each name that stood there before. */
function repeated(
  names: readonly string[],
  say: (at: number, first: number, name: string) => string,
): readonly string[] {
  const firsts = new Map<string, number>();
  return names.flatMap((name, at) => {
    const first = firsts.get(name);
    if (first !== undefined) return [say(at, first, name)];
    firsts.set(name, at);
    return [];
  });
}
