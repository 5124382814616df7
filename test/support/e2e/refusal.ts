// What the S3 server refuses to take for a while, as it does after a mistake in a bucket policy. The bucket has one policy, and this
// module knows only what its own process refuses: no two test files may use it.
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import type { TestContext } from 'vitest';
import { agentPolicy } from '../../../dev/bucket/bucket-policy.ts';
import { runPrefix } from './bucket.ts';
import type { RunName } from './run-view.ts';
import { stage } from './stage.ts';

const refused = new Set<string>();
let written: Promise<unknown> = Promise.resolve();

async function put(): Promise<void> {
  const { s3, bucket } = stage();
  const { Version, Statement } = agentPolicy(bucket, ['*']);
  const refusal = {
    Effect: 'Deny',
    Principal: { AWS: [bucket.agent.accessKeyId] },
    Action: ['s3:PutObject'],
    Resource: [...refused].map((pattern) => `arn:aws:s3:::${bucket.bucket}/${pattern}`),
  };
  const statements = refused.size === 0 ? Statement : [...Statement, refusal];
  const Policy = JSON.stringify({ Version, Statement: statements });
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket.bucket, Policy }));
}

/** One after the other: each writes what is refused when its turn comes. */
async function write(): Promise<void> {
  const mine = written.then(put);
  written = mine.catch(() => undefined);
  return mine;
}

/** From now on nothing that the pod of this attempt saves is taken, until the returned function is called, or the test ends. */
export async function refuseSaves(
  context: TestContext,
  run: RunName,
  attempt: number,
): Promise<() => Promise<void>> {
  const pattern = `${runPrefix(run)}attempts/${String(attempt).padStart(4, '0')}-*`;
  const lift = async (): Promise<void> => {
    if (refused.delete(pattern)) await write();
  };
  context.onTestFinished(lift);
  refused.add(pattern);
  await write();
  return lift;
}
