// Inventories as people write them by hand (a run with a Step every so many updates, an hour apart), and what plan says of them.
import { CliBench, type Ended } from './cli-bench.ts';

export interface WrittenCheckpoint {
  readonly attempt: number;
  readonly kind: 'Last' | 'Step';
  readonly update: number;
  readonly sizeBytes: number;
  readonly savedAt: string;
  readonly pinned?: boolean;
}

export interface WrittenRun {
  readonly namespace: string;
  readonly run: string;
  readonly phase: string;
  readonly attempts: readonly object[];
  readonly checkpoints: readonly WrittenCheckpoint[];
  readonly labels?: object;
  readonly namespaceLabels?: object;
  readonly retention?: object;
}

/** Noon of the day before {@link plannedAt}, and so many hours later. */
export const savedAt = (hours: number): string =>
  new Date(Date.UTC(2026, 10, 20, 12) + hours * 3_600_000).toISOString().replace('.000Z', 'Z');

/** Long after all of them were saved. */
const plannedAt = '2026-12-01';

/** One GiB each. */
const sizeBytes = 2 ** 30;

/** Steps of attempt 1 at these updates, an hour apart, and a Last at the newest. */
export const stepsAt = (updates: readonly number[]): readonly WrittenCheckpoint[] => [
  ...updates.map((update, at) => ({
    attempt: 1,
    kind: 'Step' as const,
    update,
    sizeBytes,
    savedAt: savedAt(at),
  })),
  {
    attempt: 1,
    kind: 'Last',
    update: updates.at(-1) ?? 0,
    sizeBytes,
    savedAt: savedAt(updates.length),
  },
];

/** The run voice/zh with what this changes. */
export const writtenRun = (change: Partial<WrittenRun> = {}): WrittenRun => ({
  namespace: 'voice',
  run: 'zh',
  phase: 'Running',
  attempts: [{ number: 1 }],
  checkpoints: stepsAt([10_000, 20_000, 30_000, 40_000, 50_000]),
  ...change,
});

/** A policy that takes what is more than three, of the namespaces of a team. */
export const capped = `apiVersion: reprise.dev/v1alpha1
kind: CheckpointRetentionPolicy
metadata: {name: capped}
spec:
  selector: {namespaces: {matchLabels: {team: voice}}}
  ceiling: {maxCheckpointsPerRun: 3}
`;

/** Runs plan over this inventory with these rules, for {@link plannedAt} unless the arguments say otherwise. */
export async function planned(
  inventory: unknown,
  policy?: string,
  ...args: readonly string[]
): Promise<Ended> {
  const bench = new CliBench();
  const write = (name: string, text: string): void => bench.write(name, new TextEncoder().encode(text));
  write('inventory.json', typeof inventory === 'string' ? inventory : JSON.stringify(inventory));
  if (policy !== undefined) write('policy.yaml', policy);
  const supposed = policy === undefined ? [] : ['--with', 'policy.yaml'];
  const given = args.includes('--at') ? args : [...args, '--at', plannedAt];
  return bench.run('plan', '--inventory', 'inventory.json', ...supposed, ...given);
}
