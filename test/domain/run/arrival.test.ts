// Whether a run has come where it was sent, from every status it may have.
import { describe, expect, test } from 'vitest';
import {
  type Arrival,
  arrivalAtStandstill,
  arrivalAtTraining,
  attemptStand,
} from '../../../src/domain/run/arrival.ts';
import type { LedgerEntry, Phase, RunStatus } from '../../../src/domain/run/status.ts';

const at = '2026-11-22T12:00:00Z';

const statusOf = (phase: Phase, entry?: LedgerEntry): RunStatus => ({
  observedGeneration: 1,
  phase,
  message: '',
  conditions: [],
  attempt: entry?.number ?? 0,
  failures: 0,
  attempts: entry === undefined ? [] : [entry],
  totals: { attempts: 0, disruptions: 0, failures: 0, lostUpdates: 0, reclaimedBytes: 0 },
});

const reserved: LedgerEntry = { number: 2 };
const alive: LedgerEntry = { number: 2, startedAt: at };
const ending: LedgerEntry = { number: 2, startedAt: at, cause: 'Suspended' };
const ended: LedgerEntry = { number: 2, startedAt: at, cause: 'Suspended', endedAt: at };

describe('the newest attempt', () => {
  test.each([
    { name: 'of no status', status: undefined, is: 'None' },
    { name: 'of an empty ledger', status: statusOf('Pending'), is: 'None' },
    { name: 'with a pod', status: statusOf('Running', alive), is: 'Lives' },
    { name: 'reserved, its pod not seen yet', status: statusOf('Pending', reserved), is: 'Lives' },
    { name: 'reserved, and the run suspended', status: statusOf('Suspended', reserved), is: 'None' },
    { name: 'that flushes in a suspended run', status: statusOf('Suspended', alive), is: 'Lives' },
    { name: 'with a cause', status: statusOf('Running', ending), is: 'Ends' },
    { name: 'with an end', status: statusOf('Failed', ended), is: 'Ended' },
  ])('$name: $is', ({ status, is }) => {
    expect(attemptStand(status).is).toBe(is);
  });
});

interface Row {
  readonly phase: Phase;
  readonly entry?: LedgerEntry;
  readonly arrival: Arrival;
}

const standstill: readonly Row[] = [
  { phase: 'Suspended', arrival: 'There' },
  { phase: 'Suspended', entry: ended, arrival: 'There' },
  { phase: 'Suspended', entry: reserved, arrival: 'There' },
  { phase: 'Suspended', entry: ending, arrival: 'OnTheWay' },
  { phase: 'Suspended', entry: alive, arrival: 'OnTheWay' },
  { phase: 'Running', entry: alive, arrival: 'OnTheWay' },
  { phase: 'Pending', entry: reserved, arrival: 'OnTheWay' },
  { phase: 'Restoring', entry: alive, arrival: 'OnTheWay' },
  { phase: 'Restarting', entry: ended, arrival: 'OnTheWay' },
  { phase: 'Succeeded', entry: ended, arrival: 'Astray' },
  { phase: 'Failed', entry: ended, arrival: 'Astray' },
  { phase: 'Stalled', entry: alive, arrival: 'Astray' },
];

const training: readonly Row[] = [
  { phase: 'Running', entry: alive, arrival: 'There' },
  { phase: 'Succeeded', entry: ended, arrival: 'There' },
  { phase: 'Pending', entry: reserved, arrival: 'OnTheWay' },
  { phase: 'Restoring', entry: alive, arrival: 'OnTheWay' },
  { phase: 'Restarting', entry: ended, arrival: 'OnTheWay' },
  { phase: 'Suspended', entry: ended, arrival: 'Astray' },
  { phase: 'Failed', entry: ended, arrival: 'Astray' },
  { phase: 'Stalled', entry: alive, arrival: 'Astray' },
];

describe.each([
  { where: 'a standstill', judge: arrivalAtStandstill, rows: standstill },
  { where: 'training', judge: arrivalAtTraining, rows: training },
])('$where', ({ judge, rows }) => {
  test.each(rows)('$phase, attempt $entry: $arrival', ({ phase, entry, arrival }) => {
    expect(judge({ status: statusOf(phase, entry), isNews: true })).toBe(arrival);
  });

  test.each(rows)('$phase, as it was before the person asked: not known', ({ phase, entry }) => {
    expect(judge({ status: statusOf(phase, entry), isNews: false })).toBe('OnTheWay');
  });

  test('no status yet: not known', () => {
    expect(judge({ status: undefined, isNews: true })).toBe('OnTheWay');
  });
});
