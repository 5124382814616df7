// The sums that outlive the ledger: an attempt that leaves it without an end is counted when it goes, and only then.
import { expect, test } from 'vitest';
import { type LedgerEntry, ledgerLimit } from '../../../src/domain/run/status.ts';
import { ago, deletedPod, ended, passOver, statusWith, timeAgo } from '../../support/run-snapshots.ts';

const bucket = [{ number: 1, last: [30] }];

/** On a node that never came back: its end is decided, its pod never goes. */
const lingering: LedgerEntry = {
  number: 1,
  cause: 'NodeLost',
  startedAt: timeAgo(9000),
  stoppedAt: timeAgo(8000),
  firstUpdateAt: timeAgo(8900),
  gpus: 2,
  segments: { schedule: 10 },
  endUpdate: 40,
  savedUpdate: 30,
  lostUpdates: 10,
};

const ledger = (length: number): readonly LedgerEntry[] => [
  ...Array.from({ length: length - 1 }, (_, index) => ended(length - index, 'Evicted', { savedUpdate: 30 })),
  lingering,
];

test('an attempt that never ended is counted when the ledger lets it go', () => {
  const status = statusWith(ledger(ledgerLimit));
  const { totals } = passOver({ status, bucket }).status;
  expect(totals).toMatchObject({
    attempts: ledgerLimit + 1,
    disruptions: 1,
    lostUpdates: 10,
    gpuSeconds: 2 * 990,
    lostGpuSeconds: 450,
    usefulSeconds: 675,
    wallSeconds: 1000,
    goodputPercent: 67,
  });
});

test('an attempt that has not ended is not counted while it is listed', () => {
  const pods = [deletedPod(1, 8000, { nodeState: { is: 'NotReady', since: ago(8100) } })];
  const { totals } = passOver({ status: statusWith(ledger(3)), bucket, pods }).status;
  expect(totals).toMatchObject({ attempts: 4, disruptions: 0, lostUpdates: 0, gpuSeconds: 0 });
  expect(totals.goodputPercent).toBeUndefined();
});

test('an adopted number is no attempt of this run: the first it makes is its first', () => {
  const { status } = passOver({ bucket: [{ number: 7, last: [30] }] });
  expect(status).toMatchObject({ attempt: 8, totals: { attempts: 1 } });
});
