// /metrics and /healthz of the operator, over real HTTP.
import { expect, onTestFinished, test } from 'vitest';
import { makeMetrics } from '../../src/ops/metrics.ts';
import { startMetricsServer } from '../../src/ops/metrics-server.ts';
import { ended, statusWith } from '../support/run-snapshots.ts';

async function start(illness: () => string | undefined = () => undefined) {
  const metrics = makeMetrics();
  const server = await startMetricsServer({ port: 0, metrics, illness });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return { code: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };
  return { metrics, get, port: server.port };
}

test('/metrics tells passes, queues, silence and leadership', async () => {
  const { metrics, get } = await start();
  let leader = false;
  metrics.passed('run', 'settled', 0.03);
  metrics.passed('run', 'failed', 2);
  metrics.queued('run', 7);
  metrics.watched('pods', { silence: () => 1500 });
  metrics.leading(() => leader);
  leader = true;
  metrics.turned('leader');
  const { code, type, body } = await get('/metrics');
  expect(code).toBe(200);
  expect(type).toContain('text/plain');
  expect(body.split('\n')).toEqual(
    expect.arrayContaining([
      'reprise_reconcile_total{loop="run",result="settled"} 1',
      'reprise_reconcile_total{loop="run",result="failed"} 1',
      'reprise_reconcile_seconds_bucket{le="0.1",loop="run"} 1',
      'reprise_reconcile_seconds_count{loop="run"} 2',
      'reprise_queue_depth{loop="run"} 7',
      'reprise_watch_silence_seconds{resource="pods"} 1.5',
      'reprise_leader 1',
      'reprise_leader_transitions_total{to="leader"} 1',
    ]),
  );
  expect(body).toContain('process_resident_memory_bytes');
});

test('/metrics sums up runs: phases, writes, ends and what they cost', async () => {
  const { metrics, get } = await start();
  metrics.phases(() => new Map([['Running', 3]]));
  const before = statusWith([{ number: 2 }]);
  const totals = {
    ...before.totals,
    lostUpdates: 7,
    gpuSeconds: 800,
    lostGpuSeconds: 90,
    reclaimedBytes: 100,
  };
  const after = statusWith([ended(2, 'Evicted')], { totals });
  metrics.wrote({ kind: 'Facts', before: undefined, after: before });
  metrics.wrote({ kind: 'Facts', before, after });
  metrics.wrote({ kind: 'Progress', before: after, after });
  metrics.putOff();
  expect((await get('/metrics')).body.split('\n')).toEqual(
    expect.arrayContaining([
      'reprise_runs{phase="Running"} 3',
      'reprise_status_writes_total{kind="Facts"} 2',
      'reprise_status_writes_total{kind="Progress"} 1',
      'reprise_status_writes_total{kind="PutOff"} 1',
      'reprise_attempts_ended_total{cause="Evicted"} 1',
      'reprise_lost_updates_total 7',
      'reprise_gpu_seconds_total 800',
      'reprise_lost_gpu_seconds_total 90',
      'reprise_reclaimed_bytes_total 100',
    ]),
  );
});

test('/healthz says why it is ill', async () => {
  const illnesses: string[] = [];
  const { get } = await start(() => illnesses.at(-1));
  expect(await get('/healthz')).toMatchObject({ code: 200, body: 'ok\n' });
  illnesses.push('nothing heard of pods for 180 s');
  expect(await get('/healthz')).toMatchObject({ code: 503, body: 'nothing heard of pods for 180 s\n' });
});

test('anything else is refused', async () => {
  const { get } = await start();
  expect((await get('/')).code).toBe(404);
  expect((await get('/metrics', 'POST')).code).toBe(405);
  expect(await get('/healthz', 'HEAD')).toMatchObject({ code: 200, body: '' });
});

test('a figure that cannot be computed is an error page, not a crash', async () => {
  const { metrics, get } = await start();
  metrics.leading(() => {
    throw new Error('not yet');
  });
  expect(await get('/metrics')).toMatchObject({ code: 500, body: 'Error: not yet\n' });
  expect((await get('/healthz')).code).toBe(200);
});

test('a taken port is an error', async () => {
  const { port } = await start();
  const again = startMetricsServer({ port, metrics: makeMetrics(), illness: () => undefined });
  await expect(again).rejects.toThrow('EADDRINUSE');
});
