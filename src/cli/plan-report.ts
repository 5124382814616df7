// A plan of retention for programs, and for a person: what stays and why, what goes, how much that is, and what holds it up.
import type { CapacityReport } from '../domain/retention/capacity.ts';
import { bytesOfRulings } from '../domain/retention/plan-amounts.ts';
import { judgeApproval } from '../domain/retention/approval.ts';
import { effectiveValues } from '../domain/retention/settings.ts';
import { formatBytes } from '../domain/size.ts';
import { formatTime } from '../domain/time.ts';
import type { TerminalOutput } from '../ports/terminal.ts';
import { formatColumns } from './columns.ts';
import { costOf } from './prices.ts';
import type { LeftAsked, PlanView, ShownRuling, ShownRun } from './plan-view.ts';
import { settingWords } from './setting-words.ts';
import { formatSheet } from './sheet.ts';
import { formatAge, formatCount, plain } from './words.ts';

/** A JSON array with one object a checkpoint, a run at a time: of a large store all of it is long. */
export function* planJson({ runs }: PlanView): Generator<string> {
  let before = '[';
  for (const run of runs) {
    const rows = JSON.stringify(rowsOf(run), undefined, 2);
    if (rows === '[]') continue;
    yield `${before}${rows.slice(1, -2)}`;
    before = ',';
  }
  yield before === '[' ? '[]\n' : '\n]\n';
}

const rowsOf = ({ name, rulings }: ShownRun): readonly object[] =>
  rulings.map(({ checkpoint: { attempt, kind, update }, verdict, reasons }) => ({
    namespace: name.namespace,
    run: name.run,
    attempt: attempt.number,
    kind,
    update,
    verdict,
    reasons,
  }));

/** The whole plan for a person, without a line feed at the end. */
export function describePlan(view: PlanView, out: Pick<TerminalOutput, 'isTerminal' | 'columns'>): string {
  const blocks = view.runs.map((run) => describeRun(run, view, out));
  const total = totalOf(view.runs.flatMap(({ rulings }) => rulings));
  const sums = [
    ...(view.runs.length > 1 ? [['total', `${amounts(total)} (${formatCount(view.runs.length)} runs)`]] : []),
    ...(view.runs.length > 1 ? costRow(sumOfCosts(view.runs)) : []),
    ...(view.leftAsked === undefined ? [] : [['approval', leftWords(view.leftAsked)]]),
    ...view.capacities.map((report) => ['capacity', capacityWords(report)]),
    ...(view.runs.some(isSupposed) ? [['supposed', supposedWords]] : []),
  ];
  if (view.runs.length === 0) blocks.push('There is no run to plan for.');
  if (sums.length > 0) blocks.push(formatSheet(sums, out));
  return blocks.join('\n\n');
}

const leftWords = ({ policy, checkpoints, digest }: LeftAsked): string =>
  `${formatCount(checkpoints)} checkpoints of runs that are gone wait for a person's word, digest ${digest}: kubectl reprise approve --policy ${policy}`;

const isSupposed = ({ settings }: ShownRun): boolean =>
  settings !== undefined && effectiveValues(settings).some(({ from }) => from.is === 'OperatorDefault');

const supposedWords =
  "the operator's defaults, since nothing here says how it is set: in a cluster status.retention of a CheckpointStore does, in an inventory the field operator";

function describeRun(
  run: ShownRun,
  { at }: PlanView,
  out: Pick<TerminalOutput, 'isTerminal' | 'columns'>,
): string {
  const heading = plain(
    `${run.name.namespace}/${run.name.run} is ${run.phase}, planned for ${formatTime(at)}`,
  );
  const rows = [['bytes', bytesWords(run)], ...moneyRows(run), ...remarks(run)];
  const table = run.rulings.length === 0 ? [] : [tableOf(run.rulings, at)];
  return [heading, ...table, formatSheet(rows, out)].join('\n');
}

interface Costs {
  readonly before: number;
  readonly gone: number;
}

/** Undefined where its store has no price. */
function costsOf({ rulings, pricePerGiBMonth }: ShownRun): Costs | undefined {
  const total = totalOf(rulings);
  const before = costOf(bytesOfRulings(total.before), pricePerGiBMonth);
  const gone = costOf(bytesOfRulings(total.gone), pricePerGiBMonth);
  return before === undefined || gone === undefined ? undefined : { before, gone };
}

/** Undefined where one of them has no price. */
function sumOfCosts(runs: readonly ShownRun[]): Costs | undefined {
  return runs
    .map(costsOf)
    .reduce<Costs | undefined>(
      (sum, one) => sum && one && { before: sum.before + one.before, gone: sum.gone + one.gone },
      { before: 0, gone: 0 },
    );
}

const costRow = (costs: Costs | undefined): readonly (readonly string[])[] =>
  costs === undefined
    ? []
    : [
        [
          'cost',
          `${costs.before.toFixed(2)} a month before, ${(costs.before - costs.gone).toFixed(2)} after`,
        ],
      ];

function moneyRows(run: ShownRun): readonly (readonly string[])[] {
  const { reclaimedBytes = 0, pricePerGiBMonth } = run;
  const saved = costOf(reclaimedBytes, pricePerGiBMonth);
  const words = saved === undefined ? '' : `, ${saved.toFixed(2)} a month`;
  const reclaimed = [['reclaimed', `${formatBytes(reclaimedBytes)} until now${words}`]];
  return [...costRow(costsOf(run)), ...(reclaimedBytes === 0 ? [] : reclaimed)];
}

function remarks(run: ShownRun): readonly (readonly string[])[] {
  const { settings, stopped, auditStopped, notes } = run;
  const audited = run.rulings.filter(
    ({ verdict, audit }) => verdict !== 'Condemned' && audit?.verdict === 'Condemned',
  );
  const approval = approvalWords(run);
  return [
    ...(stopped === undefined ? [] : [['stopped', `nothing of it is deleted: ${stopped}`]]),
    ...(approval === undefined ? [] : [['approval', approval]]),
    ...(audited.length === 0
      ? []
      : [['audit', `policies of mode Audit would take ${amountOf(audited)} more, if they were enforced`]]),
    ...(auditStopped === undefined
      ? []
      : [['audit', `what policies of mode Audit would take cannot be said: ${auditStopped}`]]),
    ...notes.map((note) => ['note', note]),
    ...(settings === undefined ? [] : [['by', settingWords(settings).join('; ')]]),
  ];
}

function tableOf(rulings: readonly ShownRuling[], at: number): string {
  const isAudited = rulings.some(({ audit }) => audit !== undefined);
  const audit = ({ audit: other }: ShownRuling): readonly string[] =>
    isAudited ? [other === undefined ? '' : `${other.verdict} (${other.reasons.join(' ')})`] : [];
  const head = [
    '  UPDATE',
    'ATTEMPT',
    'KIND',
    'SIZE',
    'AGE',
    'VERDICT',
    'REASONS',
    ...(isAudited ? ['IF AUDIT WERE ENFORCED'] : []),
  ];
  const rows = rulings.map((ruling) => {
    const { checkpoint, verdict, reasons } = ruling;
    const { update, attempt, kind, sizeBytes, savedAt } = checkpoint;
    return [
      `  ${update}`,
      String(attempt.number),
      kind,
      formatBytes(sizeBytes),
      formatAge(savedAt, at),
      verdict,
      reasons.join(' '),
      ...audit(ruling),
    ];
  });
  return formatColumns([head, ...rows]);
}

/** What a person has to agree to, if all that the plan condemns is condemned anew at once. */
function approvalWords({ name, settings, rulings, asked }: ShownRun): string | undefined {
  if (asked !== undefined)
    return `${formatCount(asked.checkpoints)} checkpoints (${formatBytes(asked.bytes)}) wait for a person's word, digest ${asked.digest}: kubectl reprise approve -n ${name.namespace} ${name.run}`;
  if (settings === undefined) return undefined;
  const condemned = rulings.flatMap(({ verdict }, at) => (verdict === 'Condemned' ? [String(at)] : []));
  const { approveAbovePercent: percent, approveAboveCheckpoints: checkpoints } = settings;
  const { waiting } = judgeApproval({
    condemned: new Set(condemned),
    admitted: new Set(),
    total: rulings.length,
    approveAbove: { percent: percent.value, checkpoints: checkpoints.value },
    approved: undefined,
    asked: new Map(),
  });
  if (waiting === undefined) return undefined;
  return `needed: newly condemned at once, these ${formatCount(condemned.length)} are more than ${checkpoints.value} and more than ${percent.value} % of the run's ${formatCount(rulings.length)} checkpoints, so that none of them goes until somebody approves it`;
}

interface Total {
  readonly before: readonly ShownRuling[];
  readonly gone: readonly ShownRuling[];
}

const totalOf = (rulings: readonly ShownRuling[]): Total => ({
  before: rulings,
  gone: rulings.filter(({ verdict }) => verdict === 'Condemned'),
});

const amountOf = (rulings: readonly ShownRuling[]): string =>
  `${formatCount(rulings.length)} checkpoints (${formatBytes(bytesOfRulings(rulings))})`;

// Where a store cannot be read, 0 bytes would be a claim that nobody can make.
const bytesWords = ({ rulings, stopped }: ShownRun): string =>
  stopped !== undefined && rulings.length === 0 ? 'no checkpoint was seen' : amounts(totalOf(rulings));

const amounts = ({ before, gone }: Total): string =>
  `${formatBytes(bytesOfRulings(before))} before, ${formatBytes(bytesOfRulings(before) - bytesOfRulings(gone))} after: ${amountOf(gone)} of ${formatCount(before.length)} go`;

function capacityWords({
  policy,
  bytes,
  wanted,
  left,
  evicted,
  satisfied,
  blocking,
}: CapacityReport): string {
  const sum = `policy ${policy} has room for ${formatBytes(bytes)}; the rules leave ${formatBytes(wanted)}`;
  if (satisfied && evicted === 0) return `${sum}, so that nothing goes for it`;
  const taken = `${sum}; ${formatCount(evicted)} checkpoints go for it, which leaves ${formatBytes(left)}`;
  if (satisfied) return taken;
  const most = blocking
    .slice(0, 3)
    .map((one) => `${one.name.namespace}/${one.name.run} ${formatBytes(one.bytes)} (${one.why.join(' ')})`);
  return `${taken}, still too much: ${most.join(', ')} cannot go. Raise it, or remove pins`;
}
