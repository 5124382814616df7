// Whatever was spoiled, restore hands over the best checkpoint that is as it was saved, to the last bit, names every better
// one, or starts nothing: 100,000 runs with one to four corruptions each in the nightly run.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restore } from '../../src/agent/restore/restore.ts';
import { type AgentBench, checkpointKey, directory, never } from '../support/agent-bench.ts';
import { corruptions, isPristine, places, wholeRun } from '../support/corruptions.ts';
import { nightly, runs } from '../support/counts.ts';

const names = Object.keys(corruptions);
const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const blow = fc.record({ name: fc.constantFrom(...names), where: part, what: part });
/** For each of the four candidates at most one corruption, for one of them at least. */
const blows = fc
  .tuple(fc.nat({ max: 3 }), blow, ...places.map(() => fc.option(blow, { freq: 2, nil: undefined })))
  .map(([index, one, ...others]) => others.map((other, at) => (at === index ? one : other)));

type Blows = readonly (
  | { readonly name: string; readonly where: number; readonly what: number }
  | undefined
)[];

/** Strikes the run; the keys that must not be handed over. A key that was struck is not struck again. */
function strike(bench: AgentBench, planned: Blows): ReadonlySet<string> {
  const spoiled = new Set<string>();
  for (const [index, one] of planned.entries()) {
    const place = places[index];
    const corrupt = corruptions[one?.name ?? ''];
    if (one === undefined || place === undefined || corrupt === undefined) continue;
    if (spoiled.has(checkpointKey(place))) continue;
    for (const key of corrupt({ bench, place, where: one.where, what: one.what })) spoiled.add(key);
  }
  return spoiled;
}

/** What restore did: what it placed and whether to the bit, what it named as bad, what the trainer could load. */
async function outcomeOf(bench: AgentBench): Promise<unknown> {
  const { outcome, reason } = await restore(bench, never);
  const opened = bench.opened();
  const from = opened?.resumedFrom?.key;
  const placed = bench.disk.bytesAt(`${directory}/model_last.pt`);
  const isWhole = from === undefined ? undefined : isPristine(from, placed);
  const skipped = opened?.skipped.map(({ key }) => key);
  return { outcome, reason, from, isWhole, skipped, loadable: bench.loadable() };
}

/** What it must do: the best that was not spoiled, every better one named; nothing at all when every one was. */
function outcomeOwed(spoiled: ReadonlySet<string>): unknown {
  const keys = places.map(checkpointKey);
  const best = keys.findIndex((key) => !spoiled.has(key));
  if (best === -1) return { outcome: 'Stopped', reason: 'NoUsableCheckpoint', loadable: [] };
  const placed = { from: keys[best], isWhole: true, skipped: keys.slice(0, best) };
  return { outcome: 'Restored', reason: '', ...placed, loadable: ['model_last.pt'] };
}

async function expectHandedOverWhole(bench: AgentBench, spoiled: ReadonlySet<string>): Promise<void> {
  expect(await outcomeOf(bench)).toEqual(outcomeOwed(spoiled));
}

test('every corruption by itself is detected where it must be', async () => {
  for (const name of names) {
    const bench = wholeRun();
    const spoiled = strike(bench, [{ name, where: 0.4, what: 0.6 }]);
    await expectHandedOverWhole(bench, spoiled);
  }
});

test('no corruption is ever handed over', async () => {
  const count = runs(1500, 100_000);
  await fc.assert(
    fc.asyncProperty(blows, async (planned) => {
      const bench = wholeRun();
      await expectHandedOverWhole(bench, strike(bench, planned));
    }),
    { numRuns: count },
  );
  if (nightly) console.log(`${count} corrupted runs restored: none handed over`);
}, 3_600_000);
