// Figures as a table: median and spread of every client, and how ours compare with the best rival and with a raw copy. A loss is
// printed as plainly as a win.
import type { Row } from './series.ts';
import type { Figures } from './turn.ts';

/** Median, least and most. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
  return { median, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}

interface Measure {
  readonly name: string;
  readonly of: (figures: Figures) => number;
  readonly digits: number;
}

const measuresOf = (sizeBytes: number): readonly Measure[] => [
  { name: 'wall s', of: ({ wallSeconds }) => wallSeconds, digits: 2 },
  { name: 'CPU s/GB', of: ({ cpuSeconds }) => (cpuSeconds * 1e9) / sizeBytes, digits: 2 },
  { name: 'peak MB', of: ({ peakBytes }) => peakBytes / 1e6, digits: 0 },
];

const medianOf = ({ turns }: Row, measure: Measure): number => spreadOf(turns.map(measure.of)).median;

/** The best median of the rivals, and whose it is; undefined when none has figures. */
function bestRival(
  rows: readonly Row[],
  measure: Measure,
): { readonly name: string; readonly value: number } | undefined {
  return rows
    .filter(({ client, turns }) => client.kind === 'rival' && turns.length > 0)
    .map((row) => ({ name: row.client.name, value: medianOf(row, measure) }))
    .toSorted((a, b) => a.value - b.value)[0];
}

function cellsOf(row: Row, rows: readonly Row[], measures: readonly Measure[]): readonly string[] {
  if (row.turns.length === 0) return [`absent: ${row.absent ?? 'no turn'}`];
  const raw = rows.find(({ client, turns }) => client.kind === 'raw' && turns.length > 0);
  return measures.flatMap((measure) => {
    const { median, least, most } = spreadOf(row.turns.map(measure.of));
    const best = bestRival(rows, measure);
    const ratio = (other: number | undefined): string =>
      other === undefined ? '–' : (median / other).toFixed(2);
    const fixed = (value: number): string => value.toFixed(measure.digits);
    return [
      `${fixed(median)} (${fixed(least)}–${fixed(most)})`,
      `${ratio(best?.value)} / ${ratio(raw === undefined ? undefined : medianOf(raw, measure))}`,
    ];
  });
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The table of one series, as Markdown. */
export function formatTable(rows: readonly Row[], sizeBytes: number): string {
  const measures = measuresOf(sizeBytes);
  const heads = measures.flatMap(({ name }) => [`${name}: median (spread)`, '÷ best rival / ÷ raw']);
  return [
    line(['client', ...heads]),
    line(['client', ...heads].map(() => '---')),
    ...rows.map((row) => line([row.client.name, ...cellsOf(row, rows, measures)])),
  ].join('\n');
}

const goals: readonly { readonly measure: number; readonly most: number; readonly says: string }[] = [
  { measure: 0, most: 1, says: 'at or ahead of the best rival' },
  { measure: 1, most: 1.2, says: 'within 1.2 times the best rival' },
];
const mostMegabytes = 256;

/** One line for each goal: reached or missed, and by how much. */
export function formatVerdict(rows: readonly Row[], sizeBytes: number): readonly string[] {
  const ours = rows.find(({ client, turns }) => client.kind === 'ours' && turns.length > 0);
  if (ours === undefined) return ['MISSED  reprise has no figures'];
  const measures = measuresOf(sizeBytes);
  const compared = goals.flatMap(({ measure: index, most, says }) => {
    const measure = measures[index];
    const best = measure === undefined ? undefined : bestRival(rows, measure);
    if (measure === undefined || best === undefined) return [];
    const ratio = medianOf(ours, measure) / best.value;
    return [
      `${ratio <= most ? 'reached' : 'MISSED '}  ${measure.name} ${says}: ${ratio.toFixed(2)} times ${best.name}`,
    ];
  });
  const peak = Math.max(...ours.turns.map(({ peakBytes }) => peakBytes / 1e6));
  const memory = `peak at most ${mostMegabytes} MB: ${peak.toFixed(0)} MB`;
  return [...compared, `${peak <= mostMegabytes ? 'reached' : 'MISSED '}  ${memory}`];
}
