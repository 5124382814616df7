import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { StoreTally } from '../../src/domain/store/tally.ts';
import { type StoreUsage, usageOf } from '../../src/domain/store/usage.ts';
import { makeSweepMetrics } from '../../src/ops/sweep-metrics.ts';

function usage(namespace: string): StoreUsage {
  const tally = new StoreTally('');
  tally.add({ key: `${namespace}/zh/run.json`, sizeBytes: 7, savedAt: 0, etag: '"a"' });
  return usageOf(tally, new Set());
}

test('shows what the last sweep of a store counted, and nothing of one that is gone', async () => {
  const registry = new Registry();
  const metrics = makeSweepMetrics(registry);
  metrics.counted('main', usage('voice'));
  metrics.counted('main', usage('other'));
  metrics.abortedUploads('main', 2);
  const text = await registry.metrics();
  expect(text).toContain('reprise_store_bytes{store="main",state="current"} 7');
  expect(text).toContain('reprise_store_objects{store="main",state="current"} 1');
  expect(text).toContain('reprise_store_orphaned_bytes{store="main"} 7');
  expect(text).toContain('reprise_store_namespace_bytes{store="main",namespace="other"} 7');
  expect(text).not.toContain('namespace="voice"');
  expect(text).toContain('reprise_aborted_uploads_total{store="main"} 2');
  metrics.uncounted('main');
  expect(await registry.metrics()).not.toContain('reprise_store_bytes{');
});
