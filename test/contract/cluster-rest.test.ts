// The REST adapter keeps the contract, in front of the fake API server.
import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../src/ops/clock.ts';
import { type RestSubject, startRestSubject } from '../support/rest-cluster.ts';
import { type ClusterUnderTest, describeReadsAndWrites } from './cluster-calls.contract.ts';
import { describeLogs } from './cluster-logs.contract.ts';
import { describeClaims } from './cluster-claim.contract.ts';
import { describeStatus } from './cluster-status.contract.ts';
import { describeDeletes } from './cluster-deletes.contract.ts';
import { describeWatch } from './cluster-watch.contract.ts';
import { describeLease } from './lease.contract.ts';

describe('the REST adapter before the fake API server', () => {
  let rest: RestSubject;
  beforeAll(async () => {
    rest = await startRestSubject(systemClock);
  });
  afterAll(() => rest[Symbol.asyncDispose]());

  const subject = (): ClusterUnderTest => ({ cluster: rest.cluster, namespace: 'contract' });
  describeReadsAndWrites(subject);
  describeStatus(subject);
  describeClaims(subject);
  describeDeletes(subject);
  describeWatch(subject);
  describeLease(subject);
  describeLogs(() => ({
    ...subject(),
    append: (pod, text) => rest.server.podLogs.append(pod, 'trainer', text),
    end: (pod) => rest.server.podLogs.end(pod, 'trainer'),
  }));
});
