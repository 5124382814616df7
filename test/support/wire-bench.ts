// A download over the wire of one object from a scripted server, over plain TCP or TLS.
import { afterEach } from 'vitest';
import { issue, makeAuthority } from '../../dev/control-plane/certificate.ts';
import type { Download, ObjectStore } from '../../src/ports/objects.ts';
import type { Limits } from '../../src/s3/limits.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { fakeCredentials } from './fake-s3/fake-s3-server.ts';
import { downloadInto, type Received, sample } from './object-samples.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { hastyLimits } from './s3-bench.ts';
import { type RangeRequest, rangeHead, wireEtag, type WireScript, WireServer } from './wire-server.ts';

const authority = makeAuthority('wire authority');
const pair = issue(authority, { commonName: 'wire', serves: ['127.0.0.1'] });

/** The object that is served: four parts. */
export const wireBytes = sample(400_000, 11);

export interface WireSetting {
  readonly secure?: boolean;
  /** False leaves the server's authority unknown. */
  readonly trusted?: boolean;
  readonly limits?: Partial<Limits>;
}

export interface WireBench {
  readonly server: WireServer;
  readonly store: ObjectStore;
  readonly download: Download;
  readonly received: Received;
}

export const bodyOf = ({ first, last }: RangeRequest): Uint8Array => wireBytes.subarray(first, last + 1);

/** A right answer, with the headers of `change` in place of the right ones. */
export const answerWith =
  (change: Readonly<Record<string, string | undefined>>): WireScript =>
  (request, socket) => {
    socket.write(rangeHead(request, wireBytes.length, change));
    socket.write(bodyOf(request));
  };

export const answer: WireScript = answerWith({});

/** For a test file: starts a wire for a test, and closes it after it. */
export function wireStarter(): typeof startWire {
  let bench: WireBench | undefined;
  afterEach(async () => {
    await bench?.server.close();
    bench = undefined;
  });
  return async (script, setting) => {
    bench = await startWire(script, setting);
    return bench;
  };
}

/** Starts the server; one lane unless said otherwise. */
export async function startWire(
  script: WireScript,
  { secure = false, trusted = true, limits }: WireSetting = {},
): Promise<WireBench> {
  const server = await WireServer.start(script, secure ? pair : undefined);
  const open = makeOpenObjectStore({ clock: systemClock, limits: { ...hastyLimits, lanes: 1, ...limits } });
  const caBundle = secure && trusted ? authority.certificate : undefined;
  const store = open({ ...server.address, caBundle }, fakeCredentials);
  const [download, received] = downloadInto('a', wireEtag, wireBytes.length);
  return { server, store, download, received };
}
