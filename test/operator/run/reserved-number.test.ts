// A number is reserved before its Job is made, and used once: what becomes of one whose Job is not there when the operator looks again.
import { beforeEach, describe, expect, test } from 'vitest';
import { jobs } from '../../../src/ports/kinds.ts';
import { answering, atCreate, ReservationBench } from '../../support/reservation-bench.ts';
import { runName } from '../../support/run-bench.ts';

let bench: ReservationBench;

beforeEach(() => {
  bench = new ReservationBench();
});

const jobOf = (attempt: number) => ({ ...runName, name: `zh-${attempt}` });

describe('a number that another operator reserved', () => {
  test('is given up when nothing of it is there: whoever reserved it may have made its Job, and somebody deleted that', async () => {
    await bench.stopAtCreate('stopped after');
    expect(bench.made).toEqual(['zh-1']);
    bench.cluster.storage.delete(jobs, jobOf(1), {});
    bench.restartOperator();
    await bench.liveUntil(bench.isSucceeded);
    expect(bench.made).toEqual(['zh-1', 'zh-2']);
    expect(bench.ledger).toEqual([
      { number: 2, cause: 'Succeeded' },
      { number: 1, cause: 'NumberGivenUp' },
    ]);
    expect(bench.status).toMatchObject({ failures: 0, totals: { failures: 0, disruptions: 0, attempts: 2 } });
    expect(bench.events.map(({ message }) => message)).toContain(
      'Attempt 1 ended: it never started: the operator that reserved its number is not this one, and nothing of it is there.',
    );
  });

  test('is given up before any Job is made of it, and the next starts at once', async () => {
    await bench.stopAtCreate('stopped before');
    bench.restartOperator();
    await bench.passes();
    expect(bench.made).toEqual(['zh-2']);
    expect(bench.status).toMatchObject({ attempt: 2, attempts: [{ number: 2 }, { number: 1 }] });
    expect(bench.status.attempts[0]?.reservedBy).not.toBe(bench.status.attempts[1]?.reservedBy);
  });

  test('is kept when its Job is there', async () => {
    await bench.stopAtCreate('stopped after');
    bench.restartOperator();
    await bench.liveUntil(bench.isSucceeded);
    expect([bench.made, bench.ledger]).toEqual([['zh-1'], [{ number: 1, cause: 'Succeeded' }]]);
  });

  test('is kept when its Job is there, though the watch has not shown it yet', async () => {
    await bench.stopAtCreate('stopped before');
    bench.restartOperator();
    await bench.settled();
    using _lag = bench.cluster.watches.hold();
    bench.makeJob(1);
    await bench.pass();
    expect([bench.made, bench.ledger]).toEqual([['zh-1'], [{ number: 1, cause: undefined }]]);
  });

  test('is given up when the Job of that name is somebody else’s', async () => {
    await bench.stopAtCreate('stopped before');
    const metadata = { namespace: 'voice', name: 'zh-1', labels: { 'reprise.dev/attempt': '1' } };
    bench.cluster.storage.create(jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: {} });
    bench.restartOperator();
    await bench.passes();
    expect(bench.made).toEqual(['zh-1', 'zh-2']);
  });

  test('is not given up while the bucket cannot say whether its pod wrote anything', async () => {
    await bench.stopAtCreate('stopped before');
    bench.restartOperator();
    bench.objects.faults.outage = 'Unavailable';
    await bench.live(2);
    expect([bench.made, bench.ledger]).toEqual([[], [{ number: 1, cause: undefined }]]);
    bench.objects.faults.outage = undefined;
    await bench.liveUntil(bench.isSucceeded);
    expect(bench.made).toEqual(['zh-2']);
  });
});

describe('a number of our own', () => {
  test('is given up when the API server did not say whether it made the Job, and there is none', async () => {
    bench.cluster.before = answering('Unavailable', 'no answer in time');
    await expect(bench.passes()).rejects.toMatchObject({ code: 'Unavailable' });
    bench.cluster.before = () => undefined;
    await bench.liveUntil(bench.isSucceeded);
    expect([bench.made, bench.ledger]).toEqual([
      ['zh-2'],
      [
        { number: 2, cause: 'Succeeded' },
        { number: 1, cause: 'NumberGivenUp' },
      ],
    ]);
    expect(bench.status.attempts[1]?.message).toBe(
      'it never started: the API server did not say whether it made its Job (no answer in time), and there is none',
    );
  });

  test('is kept when it did not say so, and the Job is there', async () => {
    bench.cluster.after = answering('Unavailable', 'no answer in time');
    await expect(bench.passes()).rejects.toMatchObject({ code: 'Unavailable' });
    bench.cluster.after = () => undefined;
    await bench.liveUntil(bench.isSucceeded);
    expect([bench.made, bench.ledger]).toEqual([['zh-1'], [{ number: 1, cause: 'Succeeded' }]]);
  });

  test('is given up when its Job was made and is gone before anything of it was seen', async () => {
    bench.cluster.after = atCreate(() => bench.cluster.storage.delete(jobs, jobOf(1), {}));
    await bench.pass();
    bench.cluster.after = () => undefined;
    await bench.liveUntil(bench.isSucceeded);
    expect(bench.made).toEqual(['zh-1', 'zh-2']);
    expect(bench.status.attempts[1]).toMatchObject({
      cause: 'NumberGivenUp',
      message: 'it never started: its Job was made, and removed before anything of it was seen',
    });
  });

  test('waits longer each time, in one row of the ledger, when somebody removes every Job at once', async () => {
    bench.cluster.after = atCreate(() => {
      const [job] = bench.jobNames;
      if (job !== undefined) bench.cluster.storage.delete(jobs, { ...runName, name: job }, {});
    });
    await bench.live(60);
    expect(bench.made).toEqual(['zh-1', 'zh-2', 'zh-3', 'zh-4']);
    expect(bench.status.attempts).toMatchObject([
      { number: 4, cause: 'NumberGivenUp' },
      { number: 3, cause: 'NumberGivenUp', repeats: 3 },
    ]);
    expect(bench.status.message).toContain('; 4 attempts in a row have ended so');
  });

  test('is kept when the API server said that it did not make the Job', async () => {
    bench.cluster.before = answering('NotFound', 'namespaces "voice" not found');
    await expect(bench.passes()).rejects.toMatchObject({ code: 'NotFound' });
    bench.cluster.before = () => undefined;
    await bench.liveUntil(bench.isSucceeded);
    expect(bench.made).toEqual(['zh-1']);
  });

  test('is kept while its Job is refused, and costs one number at each start of the operator', async () => {
    bench.cluster.before = answering('Forbidden', 'exceeded quota');
    await bench.live(90);
    expect(bench.status.attempt).toBe(1);
    for (let start = 2; start < 5; start += 1) {
      bench.restartOperator();
      await bench.live(60);
      expect(bench.status).toMatchObject({ attempt: start, phase: 'Stalled' });
    }
    expect(bench.ledger).toHaveLength(2);
    bench.cluster.before = () => undefined;
    await bench.liveUntil(bench.isSucceeded);
    expect(bench.made).toEqual(['zh-4']);
  });
});
