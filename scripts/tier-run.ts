// Runs one tier in a vitest of its own, so that a crash or a hang ends that tier alone, and counts it as failed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tally, type Tally, type TestRecord } from './tier-report.ts';
import { nightlyFactor, type Tier } from './tiers.ts';

/** What one tier did; anything that went wrong outside a test is a failed record of its own. */
export interface TierResult {
  readonly tier: string;
  readonly records: readonly TestRecord[];
  readonly tally: Tally;
  readonly seconds: number;
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly late: boolean;
}

function vitestArgs(tier: Tier): string[] {
  const progress = tier.named ? 'verbose' : 'default';
  const reporters = ['--reporter', progress, '--reporter', './scripts/tier-reporter.ts'];
  return ['node_modules/vitest/vitest.mjs', 'run', '--project', tier.name, ...reporters];
}

function runVitest(tier: Tier, env: Readonly<Record<string, string>>, limitSeconds: number): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, vitestArgs(tier), {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    let late = false;
    const stop = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
    }, limitSeconds * 1000);
    const kill = setTimeout(() => child.kill('SIGKILL'), (limitSeconds + 90) * 1000);
    child.on('close', (code, signal) => {
      clearTimeout(stop);
      clearTimeout(kill);
      resolve({ code, signal, late });
    });
  });
}

function readRecords(path: string): readonly TestRecord[] | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as readonly TestRecord[];
  } catch {
    return undefined;
  }
}

/** What the records alone do not say: no report, no test at all, an exit code nobody explains. */
function complaint(
  ending: Ending,
  records: readonly TestRecord[] | undefined,
  limit: number,
): string | undefined {
  if (ending.late) return `the tier took longer than its ${limit} s and was stopped`;
  if (records === undefined)
    return `vitest ended without a report (exit ${ending.code ?? ending.signal ?? '?'})`;
  if (records.length === 0) return 'the tier ran no test';
  if (ending.code !== 0 && tally(records).failed === 0)
    return `vitest failed (exit ${ending.code ?? ending.signal ?? '?'})`;
  return undefined;
}

/** Runs the tier's tests, showing progress on this terminal. Never throws for what the tests do. */
export async function runTier(tier: Tier, nightly: boolean): Promise<TierResult> {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'reprise-test-'));
  const report = join(folder, 'report.json');
  const limit = tier.limitSeconds * (nightly ? nightlyFactor : 1);
  const env = { REPRISE_TIER_REPORT: report, ...(nightly ? { REPRISE_NIGHTLY: '1' } : {}) };
  const ending = await runVitest(tier, env, limit);
  const found = readRecords(report);
  rmSync(folder, { recursive: true });
  const problem = complaint(ending, found, limit);
  const outside: TestRecord[] =
    problem === undefined ? [] : [{ file: `test/{${tier.rooms.join(',')}}`, name: problem, state: 'failed' }];
  const records = [...(found ?? []), ...outside];
  return { tier: tier.name, records, tally: tally(records), seconds: (performance.now() - started) / 1000 };
}
