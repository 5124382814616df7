import { describe, expect, test } from 'vitest';
import { buildAffinity, buildTolerations } from '../../src/workload/placement.ts';
import { sampleRun } from '../support/attempt-orders.ts';

const product = { key: 'nvidia.com/gpu.product', operator: 'In', values: ['NVIDIA-L4', 'NVIDIA-H100'] };
const zone = { key: 'zone', operator: 'In', values: ['a'] };
const rack = { key: 'rack', operator: 'Exists' };
const preferred = [{ weight: 1, preference: { matchExpressions: [rack] } }];
const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] };

const required = (...terms: object[]) => ({
  requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
});

const affinityOf = (gpuProducts: readonly string[] | undefined, affinity: object | undefined) => {
  const template = affinity === undefined ? {} : { podTemplate: { spec: { affinity } } };
  return buildAffinity(
    sampleRun({}, { ...template, ...(gpuProducts === undefined ? {} : { gpuProducts }) }).spec,
  );
};

describe('affinity', () => {
  test.each([
    { name: 'none asked, none made', products: undefined, wished: undefined, want: undefined },
    {
      name: 'the run’s own is left alone',
      products: undefined,
      wished: { podAffinity },
      want: { podAffinity },
    },
    { name: 'an empty list is no wish', products: [], wished: undefined, want: undefined },
    {
      name: 'products alone',
      products: product.values,
      wished: undefined,
      want: { nodeAffinity: required({ matchExpressions: [product] }) },
    },
    {
      name: 'products narrow every alternative',
      products: product.values,
      wished: {
        podAffinity,
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: preferred,
          ...required({ matchExpressions: [zone] }, { matchFields: [{ ...zone, key: 'metadata.name' }] }),
        },
      },
      want: {
        podAffinity,
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: preferred,
          ...required(
            { matchExpressions: [zone, product] },
            { matchFields: [{ ...zone, key: 'metadata.name' }], matchExpressions: [product] },
          ),
        },
      },
    },
    {
      name: 'an alternative that matches no node still matches none',
      products: product.values,
      wished: { nodeAffinity: required({}, { matchExpressions: [zone] }) },
      want: { nodeAffinity: required({}, { matchExpressions: [zone, product] }) },
    },
  ])('$name', ({ products, wished, want }) => {
    expect(affinityOf(products, wished)).toEqual(want);
  });
});

test('tolerates the GPU taint, a lost node for as long as the run says, and what the run names', () => {
  const own = { key: 'team', operator: 'Equal', value: 'voice', effect: 'NoSchedule' };
  const run = sampleRun(
    {},
    { restart: { nodeLostAfterSeconds: 5 }, podTemplate: { spec: { tolerations: [own] } } },
  );
  const lost = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
  expect(buildTolerations(run.spec)).toEqual([
    { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/unreachable', ...lost },
    { key: 'node.kubernetes.io/not-ready', ...lost },
    own,
  ]);
});
