// kubectl reprise usage: how much the stores hold, by store, namespace, run or label, and what that costs. Reads only.
import { formatBytes } from '../domain/size.ts';
import { formatTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';
import { clusterOptions, withCluster } from './cluster-access.ts';
import { formatColumns } from './columns.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { UsageError } from './errors.ts';
import { Reach } from './reach.ts';
import { storeOptions } from './store-access.ts';
import { countUsage, type UsageRow } from './usage-counting.ts';
import type { UsageKey } from './usage-shares.ts';
import { formatAge, formatCount, plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const usage: Command = {
  name: 'usage',
  summary: 'show how much the stores hold, and what it costs',
  about: `Counts what lies in every CheckpointStore, in its bucket where your credentials let you list it, else as the status of the store, as the
operator last swept it, and of the runs has it, and says which, and how old it is (SOURCE); of runs also what retention has reclaimed of them until
now. What it costs in a month is told where the stores have a pricePerGiBMonth.`,
  arguments: [],
  options: [
    { name: 'by', value: 'WHAT', help: 'store, namespace, run or label:KEY of the runs (default: store)' },
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print a JSON array' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: ['usage', 'usage --by namespace', 'usage --by label:speaker -o json'],
  run,
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const key = readKey(input.text('by') ?? 'store');
  const { rows, gaps } = await withCluster(world, input, async (cluster, namespace) => {
    const asking = { world, input, cluster, reach: new Reach() };
    return { rows: await countUsage(asking, { key, namespace }, signal), gaps: asking.reach.gaps };
  });
  const text =
    input.text('output') === 'json'
      ? JSON.stringify(rows.map(reportOf), null, 2)
      : tableOf(rows, key, world.clock.now());
  world.out.write(`${text}\n`);
  for (const { missing, why, unjudged } of gaps)
    world.messages.write(`${plain(`not seen: ${missing}: ${why}; so it cannot be told ${unjudged}`)}.\n`);
  return 0;
}

const keys = { store: 'Store', namespace: 'Namespace', run: 'Run' } as const;

function readKey(text: string): UsageKey {
  const [, label] = /^label:([A-Za-z0-9][-A-Za-z0-9_./]*)$/.exec(text) ?? [];
  if (label !== undefined) return { is: 'Label', label };
  if (text === 'store' || text === 'namespace' || text === 'run') return { is: keys[text] };
  throw new UsageError(
    `--by is "${text}": it must be store, namespace, run, or label:KEY such as label:team`,
  );
}

const costWords = ({ costPerMonth }: UsageRow): string =>
  costPerMonth === undefined ? '-' : costPerMonth.toFixed(2);

function reclaimedWords({ reclaimed }: UsageRow): string {
  if (reclaimed === undefined) return '-';
  const { bytes, costPerMonth } = reclaimed;
  return costPerMonth === undefined
    ? formatBytes(bytes)
    : `${formatBytes(bytes)} (${costPerMonth.toFixed(2)})`;
}

function sourceWords({ source, sweptAt }: UsageRow, now: Instant): string {
  const words = source.toLowerCase();
  return sweptAt === undefined ? words : `${words}, as of ${formatAge(sweptAt, now)} ago`;
}

function tableOf(rows: readonly UsageRow[], key: UsageKey, now: Instant): string {
  if (rows.length === 0) return 'Nothing is stored, as far as can be told.';
  const isOfRuns = key.is === 'Run' || key.is === 'Label';
  const head = [
    key.is === 'Label' ? key.label : key.is.toUpperCase(),
    'OBJECTS',
    'BYTES',
    'PER MONTH',
    ...(isOfRuns ? ['RECLAIMED'] : []),
    'SOURCE',
  ];
  const lines = rows.map((row) => [
    plain(row.name),
    formatCount(row.objects),
    formatBytes(row.bytes),
    costWords(row),
    ...(isOfRuns ? [reclaimedWords(row)] : []),
    sourceWords(row, now),
  ]);
  return formatColumns([head, ...lines]);
}

const reportOf = ({ name, objects, bytes, costPerMonth, reclaimed, source, sweptAt }: UsageRow): object => ({
  name,
  objects,
  bytes,
  costPerMonth: costPerMonth?.toFixed(2) ?? null,
  source,
  sweptAt: sweptAt === undefined ? null : formatTime(sweptAt),
  reclaimedBytes: reclaimed?.bytes ?? null,
  reclaimedCostPerMonth: reclaimed?.costPerMonth?.toFixed(2) ?? null,
});
