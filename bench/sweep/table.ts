// The figures of a sweep as a table, and whether its goals were reached: a miss is printed as plainly as a success.
import { spreadOf } from '../transfer/table.ts';

/** What one turn of one client cost. */
export interface SweepTurn {
  readonly client: string;
  readonly keys: number;
  readonly condemned: number;
  readonly listSeconds: number;
  readonly listCpuSeconds: number;
  readonly deleteSeconds: number;
  readonly deleteCpuSeconds: number;
  readonly peakBytes: number;
  /** What the server took meanwhile, of both halves. */
  readonly serverCpuSeconds: number;
  /** Undefined where nobody counts. */
  readonly lists: number | undefined;
  /** Keys deleted that should have stayed, and keys left that should be gone. */
  readonly wrong: number;
  /** Of a scan that keeps nothing: Reprise's. */
  readonly scanPeakBytes?: number;
  /** Of a second scan of the same process that keeps nothing: Reprise's, which sweeps for months. */
  readonly again?: { readonly seconds: number; readonly cpuSeconds: number; readonly lists: number };
  /** Reprise alone plans. */
  readonly planSeconds?: number;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const median = (turns: readonly SweepTurn[], of: (turn: SweepTurn) => number): number =>
  spreadOf(turns.map(of)).median;

/** Median of all, with the spread. */
function cell(turns: readonly SweepTurn[], of: (turn: SweepTurn) => number, digits: number): string {
  const { median: middle, least, most } = spreadOf(turns.map(of));
  return `${middle.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

const heads = [
  'client',
  'list s',
  'list CPU µs/key',
  'LISTs',
  'plan s',
  'delete s',
  'delete CPU µs/key',
  'server CPU s',
  'peak MB',
  'wrong',
];

export function formatSweeps(all: ReadonlyMap<string, readonly SweepTurn[]>): string {
  const lines = [...all].map(([client, turns]) => {
    const [first] = turns;
    if (first === undefined) return row([client, ...heads.slice(1).map(() => '–')]);
    return row([
      client,
      cell(turns, (turn) => turn.listSeconds, 2),
      cell(turns, (turn) => (turn.listCpuSeconds * 1e6) / turn.keys, 2),
      first.lists === undefined ? '–' : cell(turns, (turn) => turn.lists ?? 0, 0),
      first.planSeconds === undefined ? '–' : cell(turns, (turn) => turn.planSeconds ?? 0, 2),
      cell(turns, (turn) => turn.deleteSeconds, 2),
      cell(turns, (turn) => (turn.deleteCpuSeconds * 1e6) / turn.condemned, 2),
      cell(turns, (turn) => turn.serverCpuSeconds, 2),
      cell(turns, (turn) => turn.peakBytes / 1e6, 0),
      String(Math.max(...turns.map(({ wrong }) => wrong))),
    ]);
  });
  return [row(heads), row(heads.map(() => '---')), ...lines].join('\n');
}

const verdict = (isReached: boolean, words: string): string =>
  `${isReached ? 'reached' : 'MISSED '}  ${words}`;

/** Of client and server together: where they share the cores, nobody is done sooner than this allows. */
const allCpu = (turns: readonly SweepTurn[]): number =>
  median(turns, (turn) => turn.listCpuSeconds + turn.deleteCpuSeconds + turn.serverCpuSeconds);

const percent = (share: number): string => `${(100 * share).toFixed(0)} % of the server's ceiling`;

/** The goals, each with its figure. */
export function judgeSweeps(all: ReadonlyMap<string, readonly SweepTurn[]>): readonly string[] {
  const ours = all.get('reprise') ?? [];
  const raw = all.get('raw') ?? [];
  const [first] = ours;
  if (first === undefined) return ['MISSED   reprise has no figures'];
  const listShare = median(raw, (turn) => turn.listSeconds) / median(ours, (turn) => turn.listSeconds);
  const deleteShare = median(raw, (turn) => turn.deleteSeconds) / median(ours, (turn) => turn.deleteSeconds);
  const listCost = median(ours, (turn) => (turn.listCpuSeconds * 1e6) / turn.keys);
  const deleteCost = median(ours, (turn) => (turn.deleteCpuSeconds * 1e6) / turn.condemned);
  const lists = Math.max(...ours.map((turn) => turn.lists ?? 0));
  const scanPeak = Math.max(...ours.map((turn) => turn.scanPeakBytes ?? 0)) / 1e6;
  const wrong = Math.max(...ours.map((turn) => turn.wrong));
  const againShare =
    median(raw, (turn) => turn.listSeconds) / median(ours, (turn) => turn.again?.seconds ?? 0);
  const againCost = median(ours, (turn) => ((turn.again?.cpuSeconds ?? 0) * 1e6) / turn.keys);
  const againLists = Math.max(...ours.map((turn) => turn.again?.lists ?? 0));
  return [
    verdict(listShare >= 0.95, `listing at ${percent(listShare)} (95 %)`),
    verdict(deleteShare >= 0.95, `deleting at ${percent(deleteShare)} (95 %)`),
    verdict(listCost <= 5, `listing costs ${listCost.toFixed(2)} µs of CPU a key (5)`),
    verdict(deleteCost <= 5, `deleting costs ${deleteCost.toFixed(2)} µs of CPU a key (5)`),
    verdict(
      lists <= (1.01 * first.keys) / 1000,
      `${lists} LISTs (${Math.floor((1.01 * first.keys) / 1000)})`,
    ),
    verdict(againShare >= 0.95, `listing again at ${percent(againShare)} (95 %)`),
    verdict(againCost <= 5, `listing again costs ${againCost.toFixed(2)} µs of CPU a key (5)`),
    verdict(
      againLists <= (1.01 * first.keys) / 1000,
      `${againLists} LISTs again (${Math.floor((1.01 * first.keys) / 1000)})`,
    ),
    verdict(scanPeak <= 128, `a scan alone takes ${scanPeak.toFixed(0)} MB at its peak (128)`),
    verdict(wrong === 0, `${wrong} wrong deletes (0)`),
    `note     with the server it takes ${allCpu(ours).toFixed(2)} s of CPU, the raw client ${allCpu(raw).toFixed(2)} s: on cores that they share with it, no more than ${percent(allCpu(raw) / allCpu(ours))} can be reached`,
  ];
}
