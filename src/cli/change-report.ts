// What a command that changed a run says at its end: one sentence on what comes next, or the same as fixed fields for programs.
import type { TTSTrainingRun } from '../api/run.ts';
import type { CommandInput, OptionSpec } from './command.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

/** `-o json` of the commands that change a run. */
export const reportOption: OptionSpec = {
  name: 'output',
  short: 'o',
  value: 'FORMAT',
  words: ['json'],
  help: 'print one JSON object',
};

export interface ChangeReport {
  readonly namespace: string;
  /** As last seen. */
  readonly run: TTSTrainingRun;
  /** False: it was as wanted already. */
  readonly changed: boolean;
  /** What it comes to, a sentence about the run without its name: `is to be suspended: …`. */
  readonly next: string;
}

/** Prints it as the user asked. */
export function writeReport({ out }: CliWorld, input: CommandInput, report: ChangeReport): void {
  const { namespace, run, changed, next } = report;
  const { name } = run.metadata;
  if (input.text('output') !== 'json') {
    out.write(`${name} ${plain(next)}\n`);
    return;
  }
  const { phase = null, message = null } = run.status ?? {};
  const fields = { namespace, run: name, changed, next: `${name} ${next}`, phase, message };
  out.write(`${JSON.stringify(fields, null, 2)}\n`);
}
