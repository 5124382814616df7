// A vitest reporter that writes one record for each test, with the reason of every skip, to the file named by
// REPRISE_TIER_REPORT. (vitest's own JSON report leaves the reasons out.) It prints nothing.
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node';
import { skipReason, type TestRecord } from './tier-report.ts';

function recordOf(test: TestCase): TestRecord {
  const result = test.result();
  const at = { file: test.module.relativeModuleId, name: test.fullName };
  if (result.state === 'passed') return { ...at, state: 'passed' };
  if (result.state === 'failed')
    return { ...at, state: 'failed', reason: result.errors.map(({ message }) => message).join('\n') };
  if (result.state === 'pending') return { ...at, name: `${at.name} (did not finish)`, state: 'failed' };
  const reason = skipReason(test.fullName, result.note);
  return reason === undefined ? { ...at, state: 'skipped' } : { ...at, state: 'skipped', reason };
}

function failuresAround(file: TestModule): TestRecord[] {
  const suites: (TestModule | TestSuite)[] = [file, ...file.children.allSuites()];
  return suites.flatMap((suite) =>
    suite.errors().map((error) => ({
      file: file.relativeModuleId,
      name: `${suite.type === 'suite' ? suite.fullName : 'file'}: ${error.message}`,
      state: 'failed' as const,
    })),
  );
}

/** Given to vitest as --reporter ./scripts/tier-reporter.ts. */
export default class TierReporter implements Reporter {
  onTestRunEnd(files: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const path = process.env['REPRISE_TIER_REPORT'];
    if (path === undefined) return;
    const records = files.flatMap((file) => [
      ...Array.from(file.children.allTests(), recordOf),
      ...failuresAround(file),
    ]);
    const outside = unhandled.map((error) => ({ file: '', name: error.message, state: 'failed' as const }));
    writeFileSync(path, JSON.stringify([...records, ...outside]));
  }
}
