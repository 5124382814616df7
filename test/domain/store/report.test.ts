import { expect, test } from 'vitest';
import { defaultFlags } from '../../../src/domain/retention/settings.ts';
import { isSameStatus, reportStore, type StoreStatus } from '../../../src/domain/store/report.ts';

type Abilities = { readonly copyPart: boolean };

const now = Date.UTC(2026, 10, 22, 12);
const good = { status: 'True', reason: 'Probed', message: 'fine' } as const;
const bad = { status: 'False', reason: 'Unreachable', message: 'no answer' } as const;
const abilities: Abilities = { copyPart: true };

const first = reportStore<Abilities>({
  now,
  generation: 1,
  previous: undefined,
  available: good,
  capabilities: abilities,
  usage: undefined,
  pricePerGiBMonth: undefined,
  retention: defaultFlags,
});

const next = (fields: Partial<Parameters<typeof reportStore<Abilities>>[0]>): StoreStatus<Abilities> =>
  reportStore<Abilities>({
    now: now + 5000,
    generation: 1,
    previous: first,
    available: good,
    capabilities: abilities,
    usage: undefined,
    pricePerGiBMonth: undefined,
    retention: defaultFlags,
    ...fields,
  });

test('says since when, and for which generation', () => {
  expect(first).toEqual({
    observedGeneration: 1,
    conditions: [
      { type: 'Available', ...good, observedGeneration: 1, lastTransitionTime: '2026-11-22T12:00:00Z' },
    ],
    capabilities: abilities,
    retention: defaultFlags,
  });
});

test('the time stays while the status does, and moves with it', () => {
  expect(next({ available: { ...good, message: 'still fine' } }).conditions[0]?.lastTransitionTime).toBe(
    '2026-11-22T12:00:00Z',
  );
  expect(next({ available: bad }).conditions[0]?.lastTransitionTime).toBe('2026-11-22T12:00:05Z');
});

test('what the server is able to do stays known while it is away', () => {
  expect(next({ available: bad, capabilities: undefined }).capabilities).toEqual(abilities);
});

test.each([
  { name: 'nothing new', status: next({}), want: true },
  { name: 'another generation', status: next({ generation: 2 }), want: false },
  { name: 'another message', status: next({ available: { ...good, message: 'better' } }), want: false },
  {
    name: 'other flags of the operator',
    status: next({ retention: { ...defaultFlags, graceSeconds: 20 } }),
    want: false,
  },
  { name: 'another ability', status: next({ capabilities: { copyPart: false } }), want: false },
])('$name is worth a write: not $want', ({ status, want }) => {
  expect(isSameStatus(first, status)).toBe(want);
  expect(isSameStatus(undefined, status)).toBe(false);
});
