// Reprise as a client of the bench: the built agent, started as its containers start it. Restore chooses, fetches, proves and places
// the checkpoint; sync proves it and carries it away as at the end of an attempt. The bucket holds a whole run for them.
import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatRunObject, formatRunPrefix, podOf } from '../../src/domain/bucket/keys.ts';
import {
  agentEnvironment,
  agentEnvironmentVariable,
  podUidVariable,
} from '../../src/wire/agent-environment.ts';
import { attemptDocument } from '../../src/wire/attempt-document.ts';
import { runDocument } from '../../src/wire/run-document.ts';
import { benchUpdate } from './checkpoint-object.ts';
import { accessOf, type Client, type Transfer } from './clients.ts';
import type { BenchServer } from './server.ts';
import type { Job } from './turn.ts';

const run = { namespace: 'bench', name: 'xiaoyi-zh', uid: '4b7e1f8e-77f1-4a9e-bc0a-0d6d8d0a1111' } as const;
const prefix = 'bench';
const runPrefix = formatRunPrefix({ prefix, namespace: run.namespace, run: run.name });
const first = { number: 1, pod: '11111111' } as const;

/** The pod of every turn; its attempt is the number of the role. */
const podUid = '9f31c2aa-0c11-4d8e-a1c9-0c0f6d1f2a3b';
const attempts = { restore: 2, upload: 3 } as const;
const attemptOf = (role: keyof typeof attempts) => ({ number: attempts[role], pod: podOf(podUid) });

const checkpoint = { is: 'Checkpoint', kind: 'Step', update: benchUpdate } as const;

/** Where the checkpoint lies that is restored. */
export const sourceKey = `${runPrefix}${formatRunObject({ ...checkpoint, attempt: first })}`;
/** Where sync puts the one it uploads. */
export const uploadedKey = `${runPrefix}${formatRunObject({ ...checkpoint, attempt: attemptOf('upload') })}`;

/** What one turn leaves in the bucket beside the checkpoint. */
export const leftovers: readonly string[] = [
  `${runPrefix}${formatRunObject({ is: 'Attempt', attempt: attemptOf('restore') })}`,
  `${runPrefix}${formatRunObject({ is: 'End', attempt: attemptOf('upload') })}`,
];

/** The documents of the run, by key. */
export function runDocuments(): ReadonlyMap<string, string> {
  const common = { version: 1, runUid: run.uid } as const;
  const about = {
    clusterUid: 'bench',
    namespace: run.namespace,
    name: run.name,
    labels: {},
    phase: 'Running',
  };
  const scratch = {
    resumedFrom: null,
    initializedFrom: null,
    rollback: null,
    skipped: [],
    image: 'bench',
    gpus: 1,
    restoreSeconds: 0,
    waitedSeconds: 0,
  };
  return new Map([
    [`${runPrefix}run.json`, runDocument.format({ ...common, ...about, highestAttempt: 3 })],
    [
      `${runPrefix}${formatRunObject({ is: 'Attempt', attempt: first })}`,
      attemptDocument.format({ ...common, ...scratch, attempt: first, podUid: first.pod }),
    ],
  ]);
}

function environmentOf(server: BenchServer, role: keyof typeof attempts): Readonly<Record<string, string>> {
  const { endpoint, region, bucket, caBundle } = server.address;
  const environment = agentEnvironment.format({
    version: 1,
    run,
    attempt: attempts[role],
    store: { endpoint, region, bucket, prefix, forcePathStyle: true, caBundle: caBundle ?? null },
    expected: null,
    predecessor: null,
    rollback: null,
    initializeFrom: null,
    checkpointDir: '/workspace/F5-TTS/ckpts/xiaoyi-zh',
    modelLastEverySeconds: 300,
    maxBytesPerSecond: null,
    graceSeconds: 7200,
    image: 'bench',
    gpus: 1,
  });
  const { AWS_CA_BUNDLE: _, ...access } = accessOf(server);
  return {
    ...access,
    [agentEnvironmentVariable]: environment,
    [podUidVariable]: podUid,
    MALLOC_ARENA_MAX: '1',
  };
}

/** The name restore gives the file. */
export const restoredName = 'model_last.pt';

/** The agent of this bundle, run by this Node as in its container. */
export function makeReprise(bundle: string): Client {
  const agent = (role: string, directory: string): readonly string[] => {
    mkdirSync(directory, { recursive: true });
    return [process.execPath, '--max-semi-space-size=1', bundle, role, directory];
  };
  return {
    name: 'reprise',
    kind: 'ours',
    restore: ({ server, scratch }: Transfer): Job => ({
      command: agent('restore', join(scratch, 'volume')),
      env: environmentOf(server, 'restore'),
    }),
    upload: ({ server, scratch, file }: Transfer): Job => ({
      command: agent('sync', join(scratch, 'volume')),
      env: environmentOf(server, 'upload'),
      release: () => linkSync(file, join(scratch, 'volume', `model_${benchUpdate}.pt`)),
    }),
  };
}
