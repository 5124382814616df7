// How a node stands, by its Ready condition.
import { describe, expect, test } from 'vitest';
import { stateOf } from '../../src/observation/node-state.ts';
import type { Node } from '../../src/ports/kube-objects.ts';

const node = (status: string): Node => ({
  metadata: { name: 'gpu-1', uid: 'n', resourceVersion: '1', creationTimestamp: '2026-11-22T11:00:00Z' },
  status: { conditions: [{ type: 'Ready', status, lastTransitionTime: '2026-11-22T12:00:00Z' }] },
});

/** One whose kubelet has not said anything yet. */
const fresh: Node = { metadata: node('True').metadata };

describe('the state of a node', () => {
  test.each([
    { name: 'answers', object: node('True'), want: { is: 'Ready' } },
    {
      name: 'is silent',
      object: node('Unknown'),
      want: { is: 'NotReady', since: Date.UTC(2026, 10, 22, 12) },
    },
    { name: 'is sick', object: node('False'), want: { is: 'NotReady', since: Date.UTC(2026, 10, 22, 12) } },
    {
      name: 'has said nothing yet',
      object: fresh,
      want: { is: 'NotReady', since: Date.UTC(2026, 10, 22, 11) },
    },
    { name: 'does not exist', object: undefined, want: { is: 'Gone' } },
  ])('that $name', ({ object, want }) => {
    expect(stateOf(object)).toEqual(want);
  });
});
