// The bucket's side of a fake attempt: what restore and sync of its pod write there, and from where.
import { type AttemptId, type CheckpointKind, formatRunObject, podOf } from '../../src/domain/bucket/keys.ts';
import {
  type AgentEnvironment,
  agentEnvironment,
  agentEnvironmentVariable,
} from '../../src/wire/agent-environment.ts';
import { type AttemptDocument, attemptDocument } from '../../src/wire/attempt-document.ts';
import { endDocument } from '../../src/wire/end-document.ts';
import type { FakeObjectStore } from './fake-object-store.ts';

interface Container {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** What the operator told the agents of a pod or, with a Job's template, of its pods. */
export function environmentOf(pod: { readonly spec?: object }): AgentEnvironment {
  const { initContainers = [] } = (pod.spec ?? {}) as { readonly initContainers?: readonly Container[] };
  const text = (initContainers[0]?.env ?? []).find(({ name }) => name === agentEnvironmentVariable)?.value;
  return agentEnvironment.parse(text ?? '', agentEnvironmentVariable);
}

export class FakeAttemptFiles {
  readonly id: AttemptId;
  readonly environment: AgentEnvironment;
  /** The run's prefix, with its trailing slash. */
  readonly prefix: string;
  readonly #objects: FakeObjectStore;
  readonly #podUid: string;

  constructor(
    objects: FakeObjectStore,
    pod: { readonly metadata: { readonly uid: string }; readonly spec?: object },
  ) {
    this.#objects = objects;
    this.#podUid = pod.metadata.uid;
    this.environment = environmentOf(pod);
    const { attempt, store, run } = this.environment;
    this.id = { number: attempt, pod: podOf(pod.metadata.uid) };
    this.prefix = `${store.prefix}/${run.namespace}/${run.name}/`;
  }

  /** True once the attempt before has written its end.json, or the operator that it never will. */
  get isPredecessorDone(): boolean {
    const { predecessor } = this.environment;
    if (predecessor === null) return true;
    const { attempt } = predecessor;
    return (['End', 'Gone'] as const).some((is) =>
      this.#objects.objects.has(this.prefix + formatRunObject({ is, attempt })),
    );
  }

  open(
    origin: Pick<AttemptDocument, 'resumedFrom' | 'initializedFrom' | 'rollback'>,
    waitedSeconds = 0,
  ): void {
    const { run, image, gpus } = this.environment;
    const document = {
      version: 1,
      attempt: this.id,
      runUid: run.uid,
      podUid: this.#podUid,
      ...origin,
      image,
      gpus,
    } as const;
    const text = attemptDocument.format({
      ...document,
      skipped: [],
      restoreSeconds: waitedSeconds,
      waitedSeconds,
    });
    this.#objects.seed(this.prefix + formatRunObject({ is: 'Attempt', attempt: this.id }), text);
  }

  /** Returns the key it was saved under. */
  save(kind: CheckpointKind, update: number): string {
    const key = this.prefix + formatRunObject({ is: 'Checkpoint', attempt: this.id, kind, update });
    this.#objects.seed(key, 'x'.repeat(100));
    return key;
  }

  close(update: number, podWasEnding: boolean): void {
    const text = endDocument.format({
      version: 1,
      attempt: this.id,
      podUid: this.#podUid,
      podWasEnding,
      flushed: true,
      filesSeen: 1,
      lastUpdateSeen: update,
      lastUpdateSaved: update,
      unsent: [],
      flushSeconds: 0,
    });
    this.#objects.seed(this.prefix + formatRunObject({ is: 'End', attempt: this.id }), text);
  }
}
