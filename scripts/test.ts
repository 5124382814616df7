// Runs every tier of tests in order and stops at nothing: the last line is "N passed, N failed, N skipped".
// `--tier NAME` (repeatable) limits it, `--nightly` asks for the full counts of everything random or repeated.
import { parseArgs } from 'node:util';
import { failureLines } from './tier-report.ts';
import { runTier, type TierResult } from './tier-run.ts';
import { tiers, type Tier } from './tiers.ts';

function chosenTiers(names: readonly string[]): readonly Tier[] {
  const unknown = names.filter((name) => !tiers.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    console.error(
      `no such tier: ${unknown.join(', ')}. The tiers are ${tiers.map((t) => t.name).join(', ')}.`,
    );
    process.exit(2);
  }
  return names.length === 0 ? tiers : tiers.filter((tier) => names.includes(tier.name));
}

function printSkips(results: readonly TierResult[]): void {
  const skipped = results.flatMap((r) =>
    r.records.filter((t) => t.state === 'skipped').map((t) => ({ ...t, tier: r.tier })),
  );
  if (skipped.length > 0) console.log('\nskipped:');
  for (const test of skipped) {
    const reason = test.reason ?? 'NO REASON GIVEN (counts as failed; see test/support/requirement.ts)';
    console.log(`  ${test.tier}  ${test.name}  (${reason})`);
  }
}

function printFailures(results: readonly TierResult[]): void {
  const failed = results.flatMap((r) =>
    r.records.filter((t) => t.state === 'failed').map((t) => ({ ...t, tier: r.tier })),
  );
  if (failed.length > 0) console.log('\nfailed:');
  for (const test of failed) console.log(`  ${test.tier}  ${failureLines(test).join('\n')}`);
}

const row = ([first, ...rest]: readonly (string | number)[]): string =>
  `  ${String(first).padEnd(12)}${rest.map((cell) => String(cell).padStart(9)).join('')}`;

function printTable(results: readonly TierResult[]): void {
  console.log(`\n${row(['tier', 'passed', 'failed', 'skipped', 'seconds'])}`);
  for (const r of results) {
    console.log(row([r.tier, r.tally.passed, r.tally.failed, r.tally.skipped, r.seconds.toFixed(1)]));
  }
}

const { values } = parseArgs({
  options: {
    tier: { type: 'string', multiple: true, default: [] },
    nightly: { type: 'boolean', default: false },
  },
});
const chosen = chosenTiers(values.tier);
const results: TierResult[] = [];
for (const tier of chosen) {
  console.log(`\n== ${tier.name}`);
  results.push(await runTier(tier, values.nightly));
}
printSkips(results);
printFailures(results);
printTable(results);
const total = (key: keyof TierResult['tally']): number => results.reduce((sum, r) => sum + r.tally[key], 0);
console.log(`\n${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
process.exitCode = total('failed') === 0 ? 0 : 1;
