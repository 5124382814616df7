// Runs as a table for a person, or as fixed fields for programs. It shows what their status says; a run this version does not
// understand is named all the same.
import { parseRun } from '../api/run.ts';
import type { RunStatus } from '../domain/run/status.ts';
import { parseTime } from '../domain/time.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { formatColumns } from './columns.ts';
import { reportFields } from './report-fields.ts';
import { formatAge, plain } from './words.ts';
import type { CliWorld } from './world.ts';

interface Row {
  readonly namespace: string;
  readonly name: string;
  readonly status: Partial<RunStatus>;
}

function rowOf(object: KubeObject): Row {
  const { namespace = '', name } = object.metadata;
  const parsed = parseRun(object);
  if ('ok' in parsed) return { namespace, name, status: parsed.ok.status ?? { message: 'no status yet' } };
  const message = `not understood by this version of kubectl reprise: ${parsed.problems.join('; ')}`;
  return { namespace, name, status: { message } };
}

const inOrder = (objects: readonly KubeObject[]): readonly Row[] =>
  objects.map(rowOf).toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));

interface TableView {
  readonly world: Pick<CliWorld, 'clock' | 'out'>;
  readonly hasNamespaces: boolean;
}

/** The table, without a line feed at its end; on a terminal no line is longer than it is wide. */
export function describeRuns(
  objects: readonly KubeObject[],
  { world: { clock, out }, hasNamespaces }: TableView,
): string {
  const headings = ['NAME', 'PHASE', 'UPDATE', '%', 'ETA', 'SAVED', 'ATTEMPT', 'MESSAGE'];
  const rows = inOrder(objects).map((row) => [
    ...(hasNamespaces ? [row.namespace] : []),
    ...cellsOf(row, clock.now()),
  ]);
  const text = formatColumns([[...(hasNamespaces ? ['NAMESPACE'] : []), ...headings], ...rows]);
  if (!out.isTerminal) return text;
  return text
    .split('\n')
    .map((line) => (line.length > out.columns ? `${line.slice(0, out.columns - 1)}…` : line))
    .join('\n');
}

const textOf = (value: number | undefined): string => (value === undefined ? '-' : String(value));

function cellsOf({ name, status }: Row, now: number): readonly string[] {
  const { phase, progress, resumePoint, attempt, message = '' } = status;
  const { update, plannedUpdates, percent, eta } = progress ?? {};
  const planned = plannedUpdates === undefined ? '' : `/${plannedUpdates}`;
  const savedAt = resumePoint === undefined ? undefined : parseTime(resumePoint.savedAt);
  return [
    name,
    phase ?? '-',
    update === undefined ? '-' : `${update}${planned}`,
    textOf(percent),
    phase === 'Running' ? plain(eta ?? '-') : '-',
    savedAt === undefined ? '-' : formatAge(savedAt, now),
    textOf(attempt),
    plain(message),
  ];
}

/** The array of `-o json`. Scripts rely on its fields; null = not known. */
export const runsReport = (objects: readonly KubeObject[]): readonly object[] =>
  inOrder(objects).map(({ namespace, name, status }) => ({
    namespace,
    run: name,
    ...reportFields(status, ['phase', 'message', 'attempt', 'failures', 'observedGeneration']),
    ...progressReport(status),
  }));

/** How far a run is, and from what it would resume. */
export const progressReport = ({ progress, resumePoint }: Partial<RunStatus>): object => ({
  progress:
    progress === undefined
      ? null
      : reportFields(progress, [
          'update',
          'plannedUpdates',
          'percent',
          'updatesPerSecond',
          'eta',
          'unsavedUpdates',
          'source',
          'advancedAt',
          'observedAt',
        ]),
  resumePoint:
    resumePoint === undefined
      ? null
      : reportFields(resumePoint, ['update', 'attempt', 'kind', 'sizeBytes', 'savedAt', 'key']),
});
