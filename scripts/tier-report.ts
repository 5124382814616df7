// What one tier of tests had to say: written as JSON by the reporter inside vitest, read by scripts/test.ts.
// A skipped test must name its reason; one without a reason counts as failed.

/** One test, or one thing outside any test that failed (a file that does not load, a hook). */
export interface TestRecord {
  readonly file: string;
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** why it was skipped or, as the test says it, why it failed */
  readonly reason?: string;
}

/** The totals of a tier. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const needs = /\[needs ([^\]]+)\]/;

/** Why a test was skipped: the note given to `ctx.skip(note)`, else the last `[needs …]` in its titles. */
export function skipReason(fullName: string, note: string | undefined): string | undefined {
  if (note !== undefined && note !== '') return note;
  return needs.exec(fullName)?.[1];
}

/** A skipped test without a reason is a failure: nobody could tell what to do about it. */
export function tally(records: readonly TestRecord[]): Tally {
  const skipped = records.filter((r) => r.state === 'skipped' && r.reason !== undefined).length;
  const passed = records.filter((r) => r.state === 'passed').length;
  return { passed, skipped, failed: records.length - passed - skipped };
}

const longestReason = 1000;

/** A failed test in a few lines: whose end is all that a log keeps must still say why it failed. */
export function failureLines({ file, name, reason = '' }: TestRecord): readonly string[] {
  const why = reason.length > longestReason ? `${reason.slice(0, longestReason)} …` : reason;
  const details = why.split('\n').filter((line) => line.trim() !== '');
  return [`${file}  ${name.split('\n')[0] ?? ''}`, ...details.map((line) => `    ${line}`)];
}
