// An agent's whole world in memory: scratch disk, bucket, virtual clock; and the bucket as other attempts left it.
import { crc32 } from 'node:zlib';
import { type AgentConfig, parseAgentConfig } from '../../src/config/agent-config.ts';
import type { AgentWorld } from '../../src/agent/world.ts';
import type { AttemptId, CheckpointKind } from '../../src/domain/bucket/keys.ts';
import { formatAttemptId, formatRunObject } from '../../src/domain/bucket/keys.ts';
import { type AgentEnvironment, agentEnvironment } from '../../src/wire/agent-environment.ts';
import { type AttemptDocument, attemptDocument } from '../../src/wire/attempt-document.ts';
import { formatCheckpointMetadata } from '../../src/wire/checkpoint-metadata.ts';
import { runDocument } from '../../src/wire/run-document.ts';
import { FakeDisk } from './fake-disk.ts';
import { FakeObjectStore } from './fake-object-store.ts';
import { RecordedLog } from './recorded-log.ts';
import { VirtualClock } from './virtual-clock.ts';

export const runUid = '4b7e1f8e-77f1-4a9e-bc0a-0d6d8d0a1111';
export const podUid = '9f31c2aa-0c11-4d8e-a1c9-0c0f6d1f2a3b';
export const prefix = 'prod/voice/xiaoyi-zh/';
export const directory = '/scratch';
export const never = new AbortController().signal;

/** What the operator tells the agents of a plain third attempt. */
export const sampleEnvironment: AgentEnvironment = {
  version: 1,
  run: { namespace: 'voice', name: 'xiaoyi-zh', uid: runUid },
  attempt: 3,
  store: {
    endpoint: 'http://s3:7070',
    region: 'us-east-1',
    bucket: 'ckpts',
    prefix: 'prod',
    forcePathStyle: true,
    caBundle: null,
  },
  expected: null,
  rollback: null,
  initializeFrom: null,
  predecessor: null,
  checkpointDir: '/workspace/F5-TTS/ckpts/xiaoyi-zh',
  modelLastEverySeconds: 300,
  maxBytesPerSecond: null,
  graceSeconds: 600,
  image: 'f5-tts:1',
  gpus: 1,
};

/** Attempts that ran before this one (number 3). */
export const first: AttemptId = { number: 1, pod: '11111111' };
export const second: AttemptId = { number: 2, pod: '22222222' };
export const own: AttemptId = { number: 3, pod: '9f31c2aa' };

export class AgentBench implements AgentWorld {
  readonly clock = new VirtualClock();
  readonly disk: FakeDisk;
  readonly objects: FakeObjectStore;
  readonly log = new RecordedLog();
  readonly config: AgentConfig;

  constructor(changes: Partial<AgentEnvironment> = {}, former?: AgentBench) {
    this.disk = former?.disk ?? new FakeDisk();
    this.objects = former?.objects ?? new FakeObjectStore(this.clock);
    this.disk.addDirectory(directory);
    const variables = {
      REPRISE_AGENT: agentEnvironment.format({ ...sampleEnvironment, ...changes }),
      REPRISE_POD_UID: podUid,
    };
    this.config = parseAgentConfig(variables, directory);
  }

  /** run.json, as the operator writes it before the first Job. */
  seedRun(uid = runUid): void {
    const document = {
      version: 1,
      clusterUid: 'cluster',
      namespace: 'voice',
      name: 'xiaoyi-zh',
      runUid: uid,
      labels: {},
      highestAttempt: 3,
      phase: 'Running',
    } as const;
    this.objects.seed(`${prefix}run.json`, runDocument.format(document));
  }

  /** An attempt.json: from scratch, or resumed from another attempt's Last at an update. */
  seedAttempt(
    attempt: AttemptId,
    from?: { readonly attempt: AttemptId; readonly update: number },
    rollback: string | null = null,
  ): void {
    const document: AttemptDocument = {
      version: 1,
      attempt,
      runUid,
      podUid: attempt.pod,
      resumedFrom:
        from === undefined ? null : { ...from, key: checkpointKey({ ...from, kind: 'Last' }), sizeBytes: 1 },
      initializedFrom: null,
      rollback,
      skipped: [],
      image: 'f5-tts:1',
      gpus: 1,
      restoreSeconds: 1,
      waitedSeconds: 0,
    };
    this.objects.seed(
      `${prefix}attempts/${formatAttemptId(attempt)}/attempt.json`,
      attemptDocument.format(document),
    );
  }

  /** A checkpoint as sync puts it there; returns its key. */
  seedCheckpoint(place: CheckpointPlace, bytes: Uint8Array): string {
    const key = checkpointKey(place);
    const facts = { crc32: crc32(bytes), parent: '', worldSize: 1, plannedUpdates: 48 };
    const attempt = formatAttemptId(place.attempt);
    const metadata = formatCheckpointMetadata({ ...facts, attempt, update: place.update, kind: place.kind });
    this.objects.seed(key, bytes, metadata);
    return key;
  }

  /** The attempt.json of this pod; undefined when there is none. */
  opened(): AttemptDocument | undefined {
    const key = `${prefix}attempts/${formatAttemptId(own)}/attempt.json`;
    const bytes = this.objects.objects.get(key)?.bytes;
    return bytes === undefined ? undefined : attemptDocument.parse(new TextDecoder().decode(bytes), key);
  }

  /** The names the trainer could load. */
  loadable(): string[] {
    return this.disk
      .paths(`${directory}/`)
      .filter((path) => !path.startsWith(`${directory}/.reprise/`))
      .map((path) => path.slice(directory.length + 1));
  }

  /** True when a file has exactly these bytes. */
  holds(path: string, bytes: Uint8Array): boolean {
    const found = this.disk.bytesAt(path);
    return found !== undefined && Buffer.compare(found, bytes) === 0;
  }

  /** The trainer saves. */
  save(name: string, bytes: Uint8Array): void {
    this.disk.write(`${directory}/${name}`, bytes);
  }
}

export interface CheckpointPlace {
  readonly attempt: AttemptId;
  readonly kind: CheckpointKind;
  readonly update: number;
}

export const checkpointKey = (place: CheckpointPlace): string =>
  `${prefix}${formatRunObject({ is: 'Checkpoint', ...place })}`;
