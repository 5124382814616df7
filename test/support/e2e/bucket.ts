// The bucket as its owner sees it: what lies below a run's prefix, object by object.
import { writeFileSync } from 'node:fs';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { formatRunPrefix, parseRunObject, type RunObject } from '../../../src/domain/bucket/keys.ts';
import type { RunName } from './run-view.ts';
import { stage } from './stage.ts';

type CheckpointObject = Extract<RunObject, { is: 'Checkpoint' }>;

/** The prefix of everything of a run. */
export const runPrefix = ({ namespace, name, prefix = stage().bucket.prefix }: RunName): string =>
  formatRunPrefix({ prefix, namespace, run: name });

/** Every key below the run's prefix, relative to it. */
export async function listKeys(run: RunName): Promise<readonly string[]> {
  const { s3, bucket } = stage();
  const prefix = runPrefix(run);
  const keys: string[] = [];
  let from: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket.bucket, Prefix: prefix, ContinuationToken: from }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(prefix.length)));
    from = page.NextContinuationToken;
  } while (from !== undefined);
  return keys;
}

/** What lies below the run's prefix. @throws on a key that nobody should have written */
export async function listObjects(run: RunName): Promise<readonly RunObject[]> {
  return (await listKeys(run)).map((key) => {
    const object = parseRunObject(key);
    if (object === undefined) throw new Error(`an unknown object in the bucket: ${key}`);
    return object;
  });
}

/** The run's checkpoints. */
export async function listCheckpoints(run: RunName): Promise<readonly CheckpointObject[]> {
  return (await listObjects(run)).filter((object) => object.is === 'Checkpoint');
}

/** The bytes of an object, by its whole key. */
async function readObject(key: string): Promise<Uint8Array> {
  const { s3, bucket } = stage();
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket.bucket, Key: key }));
  if (Body === undefined) throw new Error(`${key} has no body`);
  return Body.transformToByteArray();
}

/** The bytes of an object below the run's prefix. */
export async function readBytes(run: RunName, key: string): Promise<Uint8Array> {
  return readObject(`${runPrefix(run)}${key}`);
}

/** The text of an object below the run's prefix. */
export async function readText(run: RunName, key: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(run, key));
}

/** Fetches an object into a file and returns its name. */
export async function fetchObject(key: string, file: string): Promise<string> {
  writeFileSync(file, await readObject(key));
  return file;
}

export interface PlantedObject {
  /** relative to the run's prefix */
  readonly key: string;
  readonly body: Uint8Array | string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Takes an object away, as somebody would who has the rights. */
export async function removeObject(run: RunName, key: string): Promise<void> {
  const { s3, bucket } = stage();
  await s3.send(new DeleteObjectCommand({ Bucket: bucket.bucket, Key: `${runPrefix(run)}${key}` }));
}

/** Puts an object there as a program of ours would have. */
export async function plant(run: RunName, { key, body, metadata }: PlantedObject): Promise<void> {
  const { s3, bucket } = stage();
  const target = { Bucket: bucket.bucket, Key: `${runPrefix(run)}${key}`, Body: body };
  await s3.send(
    new PutObjectCommand({ ...target, ...(metadata === undefined ? {} : { Metadata: metadata }) }),
  );
}
