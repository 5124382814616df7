// The proof at the end of the demo: the tensors of the run's final checkpoint are those of the same training without Reprise.
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { parse } from 'yaml';
import { makeS3Client, type ObjectServer } from '../bucket/object-server.ts';
import { run } from '../process/command.ts';
import { checkout } from '../workspace.ts';

const trainer = join(checkout, 'examples', 'tiny-trainer');

interface RunManifest {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly trainer: { readonly args: readonly string[] } };
}

/** The example as an object. */
export const readExample = (file: string): RunManifest =>
  parse(readFileSync(join(checkout, 'examples', file), 'utf8')) as RunManifest;

/** Fetches an object of the bucket into a file. */
export async function fetchObject(server: ObjectServer, key: string, file: string): Promise<void> {
  const client = makeS3Client(server, server.operator);
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: server.bucket, Key: key }));
    if (!(Body instanceof Readable)) throw new Error(`${key} has no body`);
    await pipeline(Body, createWriteStream(file));
  } finally {
    client.destroy();
  }
}

/** Trains the same without Reprise, as fast as it goes, into `directory`; returns the file of its final checkpoint. */
export async function trainReference(manifest: RunManifest, directory: string): Promise<string> {
  const args = manifest.spec.trainer.args.filter((arg) => !arg.startsWith('--update-seconds'));
  await run(
    'python3',
    [join(trainer, 'train.py'), `--checkpoint-dir=${directory}`, ...args, '--update-seconds=0'],
    { timeoutSeconds: 300 },
  );
  return join(directory, 'model_last.pt');
}

/** SHA-256 over every model, EMA and optimizer tensor of a checkpoint file, and how many there are. */
export async function digestOf(file: string): Promise<{ readonly sha256: string; readonly tensors: number }> {
  const lines = (await run('python3', [join(trainer, 'digest.py'), file])).trim().split('\n');
  return { sha256: lines.at(-1)?.split(' ')[0] ?? '', tensors: lines.length - 1 };
}
