// The servers the bench runs against, each with one large checkpoint of a run in it: a null server that generates and discards, and
// versitygw on files. Stopped by their own handles.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { makeS3Client, startObjectServer } from '../../dev/bucket/object-server.ts';
import { issue, makeAuthority } from '../../dev/control-plane/certificate.ts';
import { findBinaries } from '../../dev/tools/binaries.ts';
import type { Report } from '../../dev/progress/report.ts';
import type { BucketAddress, Credentials } from '../../src/ports/objects.ts';

/** A bucket that clients of the bench are pointed at. */
export interface BenchServer {
  readonly address: BucketAddress & { readonly endpoint: string };
  readonly credentials: Credentials;
  /** PEM file of the server's authority; undefined over plain HTTP. */
  readonly authority: string | undefined;
  /** It serves the large object without an upload. */
  readonly generates: boolean;
  readonly stop: () => Promise<void>;
}

export interface NullServerParts {
  /** The program of bench/tools/transfer. */
  readonly program: string;
  readonly directory: string;
  /** JSON of the large object. */
  readonly layout: string;
  readonly tls: boolean;
}

/** Starts the null server. */
export async function startNullServer(parts: NullServerParts): Promise<BenchServer> {
  const { program, directory, layout, tls } = parts;
  mkdirSync(directory, { recursive: true });
  const layoutFile = join(directory, 'layout.json');
  writeFileSync(layoutFile, layout);
  const pair = tls ? writePair(directory) : undefined;
  const args = ['serve', '-layout', layoutFile, ...(pair?.args ?? [])];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = await once(createInterface(child.stdout), 'line');
  const address = {
    endpoint: `${tls ? 'https' : 'http'}://${String(line)}`,
    region: 'us-east-1',
    bucket: 'bench',
    forcePathStyle: true,
    caBundle: pair?.authority.certificate,
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'not-a-secret' };
  return { address, credentials, authority: pair?.authorityFile, generates: true, stop };
}

function writePair(directory: string) {
  const authority = makeAuthority('transfer bench');
  const { certificate, key } = issue(authority, { commonName: 'null server', serves: ['127.0.0.1'] });
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const args = ['-cert', file('server.pem', certificate), '-key', file('server.key', key)];
  return { authority, authorityFile: file('authority.pem', authority.certificate), args };
}

/** Starts versitygw on files below `directory`; anybody may read, so that the raw reader needs no signature. */
export async function startVersitygw(directory: string, report: Report): Promise<BenchServer> {
  const { versitygw: binary } = await findBinaries(['versitygw'], report);
  mkdirSync(directory, { recursive: true });
  const started = await startObjectServer({
    directory,
    binary,
    address: '127.0.0.1',
    agentNamespaces: ['bench'],
  });
  const { endpoint, region, bucket, operator, server } = started;
  const client = makeS3Client(started, operator);
  const Statement = [
    { Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${bucket}/*`] },
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  client.destroy();
  const address = { endpoint, region, bucket, forcePathStyle: true, caBundle: undefined };
  return {
    address,
    credentials: operator,
    authority: undefined,
    generates: false,
    stop: () => server.stop(),
  };
}
