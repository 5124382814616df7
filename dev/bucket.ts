// `node dev/bucket.ts ls [PREFIX]`: lists the objects in the bucket of the local cluster, as the operator's account sees them.
import { ListObjectsV2Command, type _Object } from '@aws-sdk/client-s3';
import { makeS3Client, readBucketAccess, type BucketAccess } from './bucket/object-server.ts';
import { describeError } from './progress/polling.ts';
import { workspaceDirectory } from './workspace.ts';

async function* listObjects(access: BucketAccess, prefix: string): AsyncGenerator<_Object> {
  const client = makeS3Client(access, access.operator);
  let after: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: access.bucket, Prefix: prefix, ContinuationToken: after }),
    );
    yield* page.Contents ?? [];
    after = page.NextContinuationToken;
  } while (after !== undefined);
  client.destroy();
}

async function list(prefix: string): Promise<void> {
  const access = readBucketAccess(workspaceDirectory());
  let count = 0;
  let bytes = 0;
  for await (const { Key = '', Size = 0, LastModified } of listObjects(access, prefix)) {
    console.log(`${LastModified?.toISOString() ?? ''}  ${String(Size).padStart(12)}  ${Key}`);
    count += 1;
    bytes += Size;
  }
  console.log(`${count} objects, ${bytes} bytes in s3://${access.bucket}/${prefix} at ${access.endpoint}`);
}

const [verb, prefix = ''] = process.argv.slice(2);
if (verb === 'ls') {
  try {
    await list(prefix);
  } catch (thrown) {
    console.error(`cannot list the bucket: ${describeError(thrown)}. Is the cluster up? (make cluster)`);
    process.exitCode = 1;
  }
} else {
  console.error('usage: node dev/bucket.ts ls [PREFIX]');
  process.exitCode = 2;
}
