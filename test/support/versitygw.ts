// A real S3 server for one test file: versitygw on its own directory and port, stopped by its own record. The program is looked
// for where `make cluster` keeps it and is never built here.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ObjectServer, startObjectServer } from '../../dev/bucket/object-server.ts';
import { binarySources, locate } from '../../dev/tools/binaries.ts';
import { distributions } from '../../dev/tools/versions.ts';
import type { BucketAddress } from '../../src/ports/objects.ts';

const distribution = distributions.find(({ packages }) => packages.versitygw !== undefined);

const binary = distribution === undefined ? undefined : locate('versitygw', distribution, binarySources());

/** What is missing to run it, for describeWith; undefined when nothing is. */
export const missingVersitygw =
  binary === undefined
    ? 'versitygw: run make cluster once, or name its directory in REPRISE_ASSETS'
    : undefined;

export interface Versitygw extends ObjectServer {
  /** The bucket, for the adapter. */
  readonly address: BucketAddress;
  /** Ends the server and removes its data. */
  readonly close: () => Promise<void>;
}

/** Starts one with an empty bucket. @throws when {@link missingVersitygw} says so, or with the end of its log */
export async function startVersitygw(): Promise<Versitygw> {
  if (binary === undefined) throw new Error(`cannot start ${missingVersitygw}`);
  const directory = mkdtempSync(join(tmpdir(), 'reprise-versitygw-'));
  const close = async (server?: ObjectServer): Promise<void> => {
    await server?.server.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const server = await startObjectServer({
      directory,
      binary,
      address: '127.0.0.1',
      agentNamespaces: ['voice'],
    });
    const { endpoint, region, bucket } = server;
    const address = { endpoint, region, bucket, forcePathStyle: true, caBundle: undefined };
    return { ...server, address, close: () => close(server) };
  } catch (error) {
    await close();
    throw error;
  }
}
