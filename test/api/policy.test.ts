// A CheckpointRetentionPolicy, as a file and as the API server gives it, read into what decisions rest on; and that its schema is one
// the API server takes.
import { expect, test } from 'vitest';
import { lintStructuralSchema } from '../../scripts/crd/structural-lint.ts';
import { buildStructuralSchema } from '../../scripts/crd/structural-schema.ts';
import { parsePolicy, parsePolicyManifest, policyManifest } from '../../src/api/policy.ts';
import type { RetentionPolicy } from '../../src/domain/retention/policy.ts';
import { retentionPolicy } from '../../src/observation/retention-facts.ts';
import { asStored, smallestPolicy as smallest } from '../support/api-objects.ts';

const manifest = (spec: object): object => ({ ...smallest, spec: { ...smallest.spec, ...spec } });

function read(spec: object): RetentionPolicy {
  const parsed = parsePolicyManifest(manifest(spec));
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return retentionPolicy(parsed.ok);
}

test('one that the API server gives is read likewise', () => {
  const parsed = parsePolicy(asStored(smallest));
  expect('ok' in parsed ? retentionPolicy(parsed.ok) : parsed.problems).toEqual(read({}));
});

test('its schema is one for a CRD', () => {
  expect(lintStructuralSchema(buildStructuralSchema(policyManifest))).toEqual([]);
});

test('the smallest policy only audits, and takes nothing', () => {
  expect(read({})).toEqual({ name: 'voice', selector: {}, mode: 'Audit' });
});

test('a whole policy is read into what decisions rest on', () => {
  const policy = read({
    selector: { namespaces: { matchLabels: { team: 'voice' } }, runs: {} },
    mode: 'Enforce',
    floor: { keepNewest: 2, minAgeSeconds: 3600 },
    ceiling: {
      maxCheckpointsPerRun: 200,
      maxBytesPerRun: '2Ti',
      maxAgeSeconds: 31_536_000,
      maxPinsPerRun: 20,
    },
    defaults: { keepNewest: 3, keepEvery: 50_000 },
    capacity: { bytes: '40Ti' },
    orphans: { deleteAfterSeconds: 2_592_000 },
    uploads: { abortAfterSeconds: 172_800 },
    graceSeconds: 600,
    approveAbove: { percent: 50, checkpoints: 20 },
  });
  expect(policy).toEqual({
    name: 'voice',
    selector: { namespaces: { matchLabels: { team: 'voice' } }, runs: {} },
    mode: 'Enforce',
    floor: { keepNewest: 2, minAgeSeconds: 3600 },
    ceiling: { maxCheckpoints: 200, maxBytes: 2 * 2 ** 40, maxAgeSeconds: 31_536_000, maxPins: 20 },
    defaults: { keepModelLast: 2, keepNewest: 3, keepEvery: 50_000, minAgeSeconds: 3600 },
    capacity: { bytes: 40 * 2 ** 40, highThresholdPercent: 95, lowThresholdPercent: 90 },
    orphans: { deleteAfterSeconds: 2_592_000, includeRetained: false },
    uploads: { abortAfterSeconds: 172_800 },
    graceSeconds: 600,
    approveAbove: { percent: 50, checkpoints: 20 },
  });
});
