// The CheckpointRetentionPolicy: what it must say, what it gets by default, what is refused with which words; and that its schema is
// one the API server takes.
import { describe, expect, test } from 'vitest';
import { lintStructuralSchema } from '../../scripts/crd/structural-lint.ts';
import { buildStructuralSchema } from '../../scripts/crd/structural-schema.ts';
import { apiVersion, policyNames } from '../../src/api/names.ts';
import { parsePolicy, parsePolicyManifest, policyManifest } from '../../src/api/policy.ts';
import type { RetentionPolicy } from '../../src/domain/retention/policy.ts';
import { retentionPolicy } from '../../src/observation/retention-facts.ts';
import { asStored } from '../support/api-objects.ts';

const smallest = { apiVersion, kind: policyNames.kind, metadata: { name: 'voice' }, spec: { selector: {} } };
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

describe('refused', () => {
  test.each<{ name: string; spec: object; says: string }>([
    { name: 'no selector', spec: { selector: undefined }, says: 'spec.selector: ' },
    { name: 'an unknown mode', spec: { mode: 'DryRun' }, says: 'spec.mode: ' },
    { name: 'a floor of nothing', spec: { floor: { keepNewest: 0 } }, says: 'spec.floor.keepNewest: ' },
    {
      name: 'room for nothing',
      spec: { ceiling: { maxBytesPerRun: 0 } },
      says: 'spec.ceiling.maxBytesPerRun: must be a size greater than zero',
    },
    { name: 'a capacity without bytes', spec: { capacity: {} }, says: 'spec.capacity.bytes: ' },
    {
      name: 'an eviction that would not end',
      spec: { capacity: { bytes: '1Ti', highThresholdPercent: 80 } },
      says: 'spec.capacity.lowThresholdPercent: lowThresholdPercent must not be above highThresholdPercent',
    },
    {
      name: 'orphans that go at once',
      spec: { orphans: { deleteAfterSeconds: 0 } },
      says: 'spec.orphans.deleteAfterSeconds: ',
    },
    {
      name: 'one model_last only',
      spec: { defaults: { keepModelLast: 1 } },
      says: 'spec.defaults.keepModelLast: ',
    },
  ])('$name', ({ spec, says }) => {
    const parsed = parsePolicyManifest(manifest(spec));
    expect('problems' in parsed ? parsed.problems.join('\n') : '').toContain(says);
  });
});
