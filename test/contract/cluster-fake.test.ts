// The in-memory Cluster keeps the contract that the real one keeps.
import { describe } from 'vitest';
import { FakeCluster } from '../support/fake-cluster.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { type ClusterUnderTest, describeReadsAndWrites } from './cluster-calls.contract.ts';
import { describeLogs } from './cluster-logs.contract.ts';
import { describeClaims } from './cluster-claim.contract.ts';
import { describeStatus } from './cluster-status.contract.ts';
import { describeDeletes } from './cluster-deletes.contract.ts';
import { describeWatch } from './cluster-watch.contract.ts';
import { describeLease } from './lease.contract.ts';

describe('the in-memory Cluster', () => {
  const cluster = new FakeCluster({ clock: new VirtualClock() });
  const subject = (): ClusterUnderTest => ({ cluster, namespace: 'contract' });
  describeReadsAndWrites(subject);
  describeStatus(subject);
  describeClaims(subject);
  describeDeletes(subject);
  describeWatch(subject);
  describeLease(subject);
  const texts = new Map<string, string>();
  describeLogs(() => ({
    ...subject(),
    append: (name, text) => {
      texts.set(name, (texts.get(name) ?? '') + text);
      cluster.setPodLog({ namespace: 'contract', name }, 'trainer', texts.get(name));
    },
    end: (name) => cluster.endPodLog({ namespace: 'contract', name }, 'trainer'),
  }));
});
