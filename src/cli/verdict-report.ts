// Why one checkpoint stays or goes, as explain tells it: for a person and for programs.
import { formatBytes } from '../domain/size.ts';
import { formatTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';
import type { ShownRuling, ShownRun } from './plan-view.ts';
import type { ToldReason } from './reason-words.ts';
import { formatSheet } from './sheet.ts';
import type { VerdictChange } from './verdict-change.ts';
import { formatAge, plain } from './words.ts';
import type { CliWorld } from './world.ts';

export interface Explanation {
  readonly run: ShownRun;
  readonly ruling: ShownRuling;
  readonly reasons: readonly ToldReason[];
  readonly audit: readonly ToldReason[];
  readonly silent: readonly string[];
  readonly change: VerdictChange | undefined;
  readonly at: Instant;
}

const valueWords = ({ value }: ToldReason): string => (value === undefined ? '' : ` (${value})`);

/** For a person. */
export function describe({ out }: CliWorld, explanation: Explanation): string {
  const { run, ruling, reasons, audit, silent, change, at } = explanation;
  const { update, attempt, kind, sizeBytes, savedAt } = ruling.checkpoint;
  const facts = `${kind}, ${formatBytes(sizeBytes)}, saved ${formatAge(savedAt, at)} ago`;
  const heading = `${run.name.namespace}/${run.name.run}: update ${update} of attempt ${attempt.number} (${facts}) is ${ruling.verdict}`;
  const rows = [
    ...reasons.map((one) => [one.speaks.toLowerCase(), `${one.reason}: ${one.words}${valueWords(one)}`]),
    ...(silent.length === 0 ? [] : [['silent', silent.join('; ')]]),
    ...(ruling.audit === undefined
      ? []
      : [
          [
            'audit',
            `if policies of mode Audit were enforced: ${ruling.audit.verdict} (${audit.map(({ reason }) => reason).join(' ')})`,
          ],
        ]),
    ['changes', changeWords(explanation, change)],
    ...(run.phase === 'Gone' ? run.notes.map((note) => ['gone', note]) : []),
  ];
  return `${plain(heading)}\n${formatSheet(rows, out)}`;
}

function changeWords({ run }: Explanation, change: VerdictChange | undefined): string {
  if (run.stopped !== undefined) return 'once what stops it is mended';
  if (change === undefined) return 'not by time alone';
  const { at, verdict, reasons } = change;
  return `at ${formatTime(at)}: ${verdict} (${reasons.join(' ')}), if nothing else changes`;
}

/** For programs. */
export const reportOf = ({ run, ruling, reasons, silent, change }: Explanation): object => ({
  namespace: run.name.namespace,
  run: run.name.run,
  attempt: ruling.checkpoint.attempt.number,
  kind: ruling.checkpoint.kind,
  update: ruling.checkpoint.update,
  verdict: ruling.verdict,
  reasons: reasons.map(({ reason, speaks, words, value }) => ({
    reason,
    speaks,
    words,
    value: value ?? null,
  })),
  silent,
  audit: ruling.audit ?? null,
  change:
    change === undefined
      ? null
      : { at: formatTime(change.at), verdict: change.verdict, reasons: change.reasons },
});
