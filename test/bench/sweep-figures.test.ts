// The store the sweep bench makes is what it says, and what it makes of its figures tells a loss as a loss.
import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../bench/sweep/options.ts';
import { keysPerRun, makeRuns } from '../../bench/sweep/runs.ts';
import { formatSweeps, judgeSweeps, type SweepTurn } from '../../bench/sweep/table.ts';

test('a run has a hundred keys, of which ten stay', () => {
  const runs = makeRuns(1000);
  expect(runs.length).toBe(10);
  for (const { prefix, kept, condemned } of runs) {
    expect([kept.length, condemned.length]).toEqual([10, 90]);
    expect(new Set([...kept, ...condemned]).size).toBe(keysPerRun);
    for (const key of [...kept, ...condemned]) expect(key.startsWith(prefix)).toBe(true);
  }
});

test('the options name what is wrong', () => {
  expect(parseOptions({}).servers).toEqual([
    { name: 'memory', keys: 1_000_000 },
    { name: 'versitygw', keys: 100_000 },
  ]);
  expect(parseOptions({ SIZE: '5000', SERVER: 'memory', ROUNDS: '2' })).toMatchObject({
    servers: [{ name: 'memory', keys: 5000 }],
    rounds: 2,
  });
  expect(() => parseOptions({ SIZE: '10' })).toThrow('SIZE=10');
  expect(() => parseOptions({ SERVER: 'minio' })).toThrow('SERVER=minio is unknown');
});

const turn = (client: string, change: Partial<SweepTurn> = {}): SweepTurn => ({
  client,
  keys: 100_000,
  condemned: 90_000,
  listSeconds: 1,
  listCpuSeconds: 0.4,
  deleteSeconds: 1,
  deleteCpuSeconds: 0.4,
  peakBytes: 200e6,
  serverCpuSeconds: 4,
  again: { seconds: 1, cpuSeconds: 0.3, lists: 100 },
  scanPeakBytes: 100e6,
  lists: 101,
  wrong: 0,
  ...change,
});

const judge = (change: Partial<SweepTurn>): string =>
  judgeSweeps(
    new Map([
      ['reprise', [turn('reprise', change)]],
      ['raw', [turn('raw')]],
    ]),
  ).join('\n');

describe('the verdict', () => {
  test('of all goals reached has no miss', () => {
    expect(judge({})).not.toContain('MISSED');
  });

  test.each([
    { change: { listSeconds: 1.2 }, says: "MISSED   listing at 83 % of the server's ceiling" },
    { change: { deleteSeconds: 2 }, says: "MISSED   deleting at 50 % of the server's ceiling" },
    { change: { listCpuSeconds: 0.6 }, says: 'MISSED   listing costs 6.00 µs' },
    { change: { deleteCpuSeconds: 0.9 }, says: 'MISSED   deleting costs 10.00 µs' },
    {
      change: { again: { seconds: 2, cpuSeconds: 0.3, lists: 100 } },
      says: "MISSED   listing again at 50 % of the server's ceiling",
    },
    {
      change: { again: { seconds: 1, cpuSeconds: 0.6, lists: 100 } },
      says: 'MISSED   listing again costs 6.00 µs',
    },
    {
      change: { again: { seconds: 1, cpuSeconds: 0.3, lists: 102 } },
      says: 'MISSED   102 LISTs again (101)',
    },
    { change: { lists: 102 }, says: 'MISSED   102 LISTs (101)' },
    { change: { scanPeakBytes: 200e6 }, says: 'MISSED   a scan alone takes 200 MB' },
    { change: { wrong: 1 }, says: 'MISSED   1 wrong deletes' },
  ])('says $says', ({ change, says }) => {
    expect(judge(change)).toContain(says);
  });

  test('says beside it what cores that client and server share would allow', () => {
    expect(judge({ listCpuSeconds: 0.8, deleteCpuSeconds: 0.8, serverCpuSeconds: 4.4 })).toContain(
      "with the server it takes 6.00 s of CPU, the raw client 4.80 s: on cores that they share with it, no more than 80 % of the server's ceiling",
    );
  });

  test('of no figures is a miss, and the table shows the gap', () => {
    expect(judgeSweeps(new Map([['reprise', []]]))).toEqual(['MISSED   reprise has no figures']);
    expect(formatSweeps(new Map([['aws', []]]))).toContain('| aws | – |');
  });
});
