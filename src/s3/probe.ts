// Finds out what an endpoint really does, by doing it below `<prefix>/.reprise-probe/`: what documents promise differs from what
// servers do. A capability is true only when the effect was seen; an endpoint that is away is an error, never "cannot".
import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { StoreCapabilities } from '../ports/objects.ts';
import { checksumOf } from './checksum.ts';
import type { Bucket } from './connection.ts';
import { ProbeBench } from './probe-bench.ts';

const body = Buffer.from('reprise probes what this store can do');
const otherEtag = '"00000000000000000000000000000000"';

/** Tries everything once and cleans up; rejects when the store cannot be written at all. */
export async function probeCapabilities(
  bucket: Bucket,
  prefix: string,
  signal: AbortSignal,
): Promise<StoreCapabilities> {
  const parent = prefix === '' ? '' : `${prefix}/`;
  const bench = new ProbeBench(bucket, `${parent}.reprise-probe/${randomUUID()}/`, signal);
  try {
    const versioning = await bench.writeFirst('versioning', body);
    return {
      versioning,
      conditionalPut: await tryConditionalPut(bench),
      conditionalDelete: await tryConditionalDelete(bench),
      conditionalBatchDelete: await tryConditionalBatchDelete(bench),
      fullObjectCrc32: await tryFullObjectCrc32(bench),
      copyPart: await tryCopyPart(bench),
    };
  } finally {
    await bench.cleanUp();
  }
}

async function tryConditionalPut(bench: ProbeBench): Promise<boolean> {
  const etag = await bench.put('put', body);
  const again = await bench.outcome(bench.put('put', body, { IfNoneMatch: '*' }));
  const over = await bench.outcome(bench.put('put', body, { IfMatch: otherEtag }));
  const right = await bench.outcome(bench.put('put', body, { IfMatch: etag }));
  const upload = await bench.createUpload('put', {});
  const part = await bench.putPart(upload, body);
  const complete = await bench.outcome(bench.complete(upload, part, { IfNoneMatch: '*' }));
  return again === 'unmet' && over === 'unmet' && right === 'done' && complete === 'unmet';
}

async function tryConditionalDelete(bench: ProbeBench): Promise<boolean> {
  const etag = await bench.put('delete', body);
  const wrong = await bench.outcome(bench.delete('delete', otherEtag));
  const stayed = await bench.exists('delete');
  const right = await bench.outcome(bench.delete('delete', etag));
  return wrong === 'unmet' && stayed && right === 'done' && !(await bench.exists('delete'));
}

async function tryConditionalBatchDelete(bench: ProbeBench): Promise<boolean> {
  const kept = await bench.put('batch-kept', body);
  const etag = await bench.put('batch-gone', body);
  const outcome = await bench.outcome(
    bench.deleteBatch([
      { name: 'batch-kept', etag: otherEtag },
      { name: 'batch-gone', etag },
    ]),
  );
  const stayed = await bench.exists('batch-kept');
  return kept !== '' && outcome === 'done' && stayed && !(await bench.exists('batch-gone'));
}

async function tryFullObjectCrc32(bench: ProbeBench): Promise<boolean> {
  const kept = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
  const created = await bench.attempt(bench.createUpload('whole', kept));
  if (created === undefined) return false;
  const part = { ...(await bench.putPart(created, body)), ChecksumCRC32: checksumOf(body) };
  const wrong = await bench.outcome(bench.complete(created, part, { wholeCrc32: crc32(body) ^ 1 }));
  const right = await bench.outcome(bench.complete(created, part, { wholeCrc32: crc32(body) }));
  return wrong === 'refused' && right === 'done' && (await bench.checksumOf('whole')) === crc32(body);
}

async function tryCopyPart(bench: ProbeBench): Promise<boolean> {
  await bench.put('source', body);
  const upload = await bench.createUpload('copy', {});
  const part = await bench.attempt(bench.copyPart(upload, { from: 'source', bytes: body.length - 1 }));
  if (part === undefined) return false;
  const done = await bench.outcome(bench.complete(upload, part, {}));
  return done === 'done' && (await bench.text('copy')) === body.subarray(0, -1).toString();
}
