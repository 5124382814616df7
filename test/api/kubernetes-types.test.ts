// Kubernetes' own types enter the CRDs by an allow-list; what could leave the pod's box is not on it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRun } from '../../src/api/run.ts';
import { parseStore } from '../../src/api/store.ts';
import { kinds } from '../../scripts/crd/custom-resource.ts';
import type { StructuralSchema } from '../../scripts/crd/structural-schema.ts';
import { buildExtract, type Definition, type Extract } from '../../scripts/kubernetes/extract.ts';
import { buildZodSources } from '../../scripts/kubernetes/zod-source.ts';
import { runs } from '../support/counts.ts';

const file = join(import.meta.dirname, '../../scripts/kubernetes/openapi.json');
const extract: Extract = JSON.parse(readFileSync(file, 'utf8'));
const volume = 'io.k8s.api.core.v1.Volume';

function namesIn(schema: StructuralSchema): string[] {
  const { properties = {}, items, additionalProperties } = schema;
  const inner = [items, additionalProperties].filter((child) => typeof child === 'object');
  return [...Object.keys(properties), ...[...Object.values(properties), ...inner].flatMap(namesIn)];
}

test('no field of a run reaches the host, another identity or more rights', () => {
  const run = kinds.find(({ names }) => names.kind === 'TTSTrainingRun');
  const names = new Set(namesIn(run?.schema ?? {}));
  const host = 'hostPath hostNetwork hostPID hostIPC hostPort nodeName mountPropagation volumeName';
  const rights = 'privileged allowPrivilegeEscalation procMount seccompProfile appArmorProfile sysctls';
  const identity = 'serviceAccountName automountServiceAccountToken serviceAccountToken clusterTrustBundle';
  const other = 'containers initContainers ephemeralContainers dataSourceRef';
  const dangerous = [host, rights, identity, other].flatMap((list) => list.split(' '));
  expect(dangerous.filter((name) => names.has(name))).toEqual([]);
  expect(names).toContain('persistentVolumeClaim');
});

const without = (field: string): Readonly<Record<string, Definition>> => {
  const { [field]: _gone, ...rest } = extract.definitions[volume]?.properties ?? {};
  return { ...extract.definitions, [volume]: { ...extract.definitions[volume], properties: rest } };
};

test('the extract is made of everything selected, or not at all', () => {
  expect(buildExtract(extract.kubernetes, extract.definitions)).toEqual(extract);
  expect(() => buildExtract('v1', {})).toThrow('LabelSelectorRequirement is not in the source');
  expect(() => buildExtract('v1', without('nfs'))).toThrow(`${volume} has no field nfs`);
  const required = { ...extract.definitions[volume], required: ['name', 'hostPath'] };
  expect(() => buildExtract('v1', { ...extract.definitions, [volume]: required })).toThrow(
    `${volume} requires hostPath`,
  );
});

test('a selected type that the extract lacks, or of an unknown kind, makes no source', () => {
  expect(() => buildZodSources({ kubernetes: 'v1', definitions: {} })).toThrow('is not in the extract');
  const odd = { properties: { name: { type: 'number' } } };
  const definitions = { ...extract.definitions, [volume]: odd };
  expect(() => buildZodSources({ ...extract, definitions })).toThrow(
    `${volume}.name: no rule for type number`,
  );
});

test('whatever is read as a run or a store is understood or told, never thrown', () => {
  const junk = fc.object({
    key: fc.constantFrom('metadata', 'spec', 'trainer', 'status', 's3', 'env', 'volumes', '__proto__'),
    maxDepth: 6,
  });
  fc.assert(
    fc.property(fc.oneof(junk, fc.anything()), (value) => {
      for (const parsed of [parseRun(value), parseStore(value)]) {
        expect('ok' in parsed || parsed.problems.length > 0).toBe(true);
      }
    }),
    { numRuns: runs(300, 20_000) },
  );
});
