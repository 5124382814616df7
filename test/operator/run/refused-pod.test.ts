// A pod that the API server refuses to the Job controller (a quota, Pod Security): the Job waits for ever, so the run has to say why.
import { beforeEach, describe, expect, test } from 'vitest';
import { events } from '../../../src/ports/kinds.ts';
import { refusal } from '../../support/fake-cluster.ts';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;
let told: number;

beforeEach(async () => {
  bench = new RunBench();
  told = 0;
  await bench.passes();
});

/** The Job controller's Event about a try to make the pod of attempt 1, as its recorder writes it. */
function tell(note: string, reason = 'FailedCreate'): void {
  const job = bench.jobs[0];
  if (job === undefined) throw new Error('there is no Job yet');
  const { uid, name } = job.metadata;
  told += 1;
  bench.cluster.storage.create(events, {
    metadata: { name: `${name}.${told}`, namespace: 'voice' },
    regarding: { kind: 'Job', name, uid },
    reason,
    note,
    eventTime: null,
    deprecatedLastTimestamp: `2026-11-22T12:00:0${told}Z`,
  });
}

const quota = (pod: string): string =>
  `Error creating: pods "zh-1-${pod}" is forbidden: exceeded quota: q, requested: pods=1`;
const stalled = () => bench.status.conditions.find(({ type }) => type === 'Stalled');

test('is told in the API server’s words, once, however often the controller tries', async () => {
  tell(quota('aaaaa'));
  await bench.clock.advance(4000);
  await bench.passes();
  expect(bench.status).toMatchObject({
    phase: 'Stalled',
    message:
      'attempt 1 has no pod, because the API server refuses it: exceeded quota: q, requested: pods=1. Change what it names, or make room for it; the pod is tried again by itself.',
  });
  expect(stalled()).toMatchObject({ status: 'True', reason: 'PodRefused' });
  const { resourceVersion } = bench.run.metadata;
  tell(quota('bbbbb'));
  await bench.passes();
  expect(bench.run.metadata.resourceVersion).toBe(resourceVersion);
});

test('the newest word counts', async () => {
  tell(quota('aaaaa'));
  tell('Error creating: pods "zh-1-bbbbb" is forbidden: violates PodSecurity "restricted:latest".');
  await bench.clock.advance(4000);
  await bench.passes();
  expect(bench.status.message).toContain('refuses it: violates PodSecurity "restricted:latest". Change');
});

test('is forgotten as soon as there is a pod', async () => {
  tell(quota('aaaaa'));
  await bench.clock.advance(4000);
  await bench.passes();
  await bench.liveUntil(() => bench.status.phase === 'Succeeded');
  expect(stalled()).toMatchObject({ status: 'False' });
});

describe('nothing is said', () => {
  test('of a Job made a moment ago, whose Events are not even asked for', async () => {
    tell(quota('aaaaa'));
    await bench.passes();
    expect(bench.status.phase).toBe('Pending');
    expect(bench.cluster.calls.filter(({ verb }) => verb === 'list')).toEqual([]);
  });

  test('of other Events', async () => {
    tell('Created pod: zh-1-abcde', 'SuccessfulCreate');
    await bench.clock.advance(4000);
    await bench.passes();
    expect(bench.status.message).toBe('attempt 1 waits for its pod');
  });

  test('when the Events may not be read', async () => {
    tell(quota('aaaaa'));
    await bench.clock.advance(4000);
    bench.cluster.before = ({ verb }) => {
      if (verb === 'list') throw refusal('Forbidden');
    };
    await bench.passes();
    expect(bench.status.message).toBe('attempt 1 waits for its pod');
  });
});
