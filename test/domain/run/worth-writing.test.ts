// When a status is worth a write: facts at once, progress when it has come far enough.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunStatus } from '../../../src/domain/run/status.ts';
import { worthOf } from '../../../src/domain/run/worth-writing.ts';
import { runs } from '../../support/counts.ts';
import {
  deletedPod,
  now,
  passOver,
  podOfAttempt,
  type RunTale,
  sightOf,
  statusWith,
  unreadable,
} from '../../support/run-snapshots.ts';

const bucket = [{ number: 1, last: [3000] }];

const training = (update: number, facts: Parameters<typeof sightOf>[2] = {}): RunTale => ({
  status: statusWith([{ number: 1 }]),
  pods: [podOfAttempt(1)],
  bucket,
  snapshot: { sight: sightOf(1, update, { plannedUpdates: 12_000, ...facts }) },
});

const before = passOver(training(4000)).status;
const after = (tale: RunTale): RunStatus => passOver({ ...tale, status: before }).status;
const worthAfter = (seconds: number, tale: RunTale): string =>
  worthOf(before, after(tale), now + seconds * 1000);

describe('a status is worth', () => {
  test('a write the first time', () => {
    expect(worthOf(undefined, before, now)).toBe('Facts');
  });

  test('none when nothing changed but the time', () => {
    expect(worthAfter(0, training(4000))).toBe('Nothing');
    expect(worthAfter(3600, training(4000))).toBe('Nothing');
  });

  test('one for progress when a percent is made, or once a minute', () => {
    expect(worthAfter(5, training(4010))).toBe('Nothing');
    expect(worthAfter(59, training(4010))).toBe('Nothing');
    expect(worthAfter(60, training(4010))).toBe('Progress');
    expect(worthAfter(5, training(4080))).toBe('Progress');
  });

  test('one within ten seconds when the sentence says something else', () => {
    const trouble = training(4010, { problems: ['Nothing has reached the store for 30 s'] });
    expect(worthAfter(9, trouble)).toBe('Nothing');
    expect(worthAfter(10, trouble)).toBe('Progress');
  });

  test.each<{ name: string; tale: RunTale }>([
    {
      name: 'a checkpoint came',
      tale: { ...training(4000), bucket: [{ number: 1, last: [3000, 3800] }] },
    },
    { name: 'the pod is being deleted', tale: { ...training(4000), pods: [deletedPod(1, 1)] } },
    { name: 'the spec was edited', tale: { ...training(4000), run: { generation: 2 } } },
    { name: 'it was suspended', tale: { ...training(4000), spec: { suspend: true } } },
    { name: 'the bucket cannot be read', tale: { ...training(4000), bucket: unreadable } },
  ])('one at once when $name', ({ tale }) => {
    expect(worthAfter(0, tale)).toBe('Facts');
  });

  test('none because the API server sorted its fields', () => {
    const sorted = JSON.parse(
      JSON.stringify(before, Object.keys(flat(before)).toSorted().toReversed()),
    ) as RunStatus;
    expect(worthOf(sorted, after(training(4000)), now)).toBe('Nothing');
  });
});

test('a run that only trains is written once a minute and once a percent at most', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 300 }), (paces) => {
      let written = before;
      let update = 4000;
      let writes = 0;
      paces.forEach((pace, index) => {
        update = Math.min(12_000, update + pace);
        const at = now + (index + 1) * 5000;
        const tale = training(update);
        const { status } = passOver({
          ...tale,
          status: written,
          snapshot: { now: at, sight: sightOf(1, update, { plannedUpdates: 12_000, seenAt: at }) },
        });
        if (worthOf(written, status, at) === 'Nothing') return;
        written = status;
        writes += 1;
      });
      const percents = (written.progress?.percent ?? 0) - (before.progress?.percent ?? 0);
      expect(writes).toBeLessThanOrEqual(percents + (paces.length * 5) / 60);
    }),
    { numRuns: runs(30, 1000) },
  );
});

/** Every field name anywhere in the value. */
function flat(value: object): Record<string, true> {
  const inner = Object.values(value).filter(
    (field): field is object => typeof field === 'object' && field !== null,
  );
  const own = Object.fromEntries(Object.keys(value).map((name) => [name, true as const]));
  return inner.reduce<Record<string, true>>((names, field) => ({ ...names, ...flat(field) }), own);
}
