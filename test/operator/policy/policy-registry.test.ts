// What the operator learns of policies: nothing before they were read, every change at once, and what the API server has at this moment.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Policies } from '../../../src/domain/retention/policies.ts';
import { PolicyRegistry } from '../../../src/operator/policy/policy-registry.ts';
import { policies } from '../../../src/ports/kinds.ts';
import { FakeCluster, refusal } from '../../support/fake-cluster.ts';
import { settle, VirtualClock } from '../../support/virtual-clock.ts';

let stop = new AbortController();
let cluster = new FakeCluster({ clock: new VirtualClock() });
let changes = 0;

beforeEach(() => {
  stop = new AbortController();
  cluster = new FakeCluster({ clock: new VirtualClock() });
  changes = 0;
});
afterEach(() => stop.abort());

const spec = { selector: {}, mode: 'Enforce', floor: { keepNewest: 2 } };
const apply = (name: string): void => {
  cluster.storage.create(policies, { metadata: { name }, spec });
};

function registry(): PolicyRegistry {
  const made = new PolicyRegistry({ cluster, policies: cluster.watch(policies, {}, stop.signal) });
  made.onChange(() => (changes += 1));
  return made;
}

const known = (registry: PolicyRegistry): Policies => {
  const reading = registry.current();
  if (reading.kind === 'Unread') throw new Error(reading.why);
  return reading;
};

test('before the first list is complete nobody knows what policies protect', () => {
  apply('voice');
  const { kind } = registry().current();
  expect(kind).toBe('Unread');
});

test('every change is told, a written status is not', async () => {
  const watched = registry();
  await watched.follow(stop.signal);
  expect([known(watched).understood.length, changes]).toEqual([0, 1]);
  apply('voice');
  await settle();
  expect([known(watched).understood[0]?.floor?.keepNewest, changes]).toEqual([2, 2]);
  cluster.storage.patch(policies, { name: 'voice' }, { spec: { floor: { keepNewest: 5 } } });
  await settle();
  expect([known(watched).understood[0]?.floor?.keepNewest, changes]).toEqual([5, 3]);
  const name = { name: 'voice' };
  const { metadata } = (await cluster.get(policies, name, stop.signal)) ?? { metadata: undefined };
  const { uid = '', resourceVersion = '' } = metadata ?? {};
  const status = { observedGeneration: 2, conditions: [] };
  await cluster.applyStatus(policies, { name, uid, resourceVersion, status }, stop.signal);
  await settle();
  expect(changes).toBe(3);
  cluster.storage.delete(policies, { name: 'voice' }, {});
  await settle();
  expect([known(watched).understood.length, changes]).toEqual([0, 4]);
});

test('the API server is asked whether what was judged by still holds', async () => {
  const watched = registry();
  await watched.follow(stop.signal);
  const { version } = known(watched);
  expect(await watched.isCurrent(version, stop.signal)).toBe(true);
  apply('late');
  expect(await watched.isCurrent(version, stop.signal)).toBe(false);
});

test('an API server that does not answer is no yes', async () => {
  const watched = registry();
  await watched.follow(stop.signal);
  const { version } = known(watched);
  cluster.before = ({ verb }) => {
    if (verb === 'list') throw refusal('Unavailable');
  };
  await expect(watched.isCurrent(version, stop.signal)).rejects.toMatchObject({ code: 'Unavailable' });
});
