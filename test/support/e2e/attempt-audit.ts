// Watches that no attempt number is ever used twice: every Job and pod that comes into being in a namespace is noted, and in the end
// compared with what the bucket says.
import { expect } from 'vitest';
import { formatAttemptId } from '../../../src/domain/bucket/keys.ts';
import type { Job, Pod } from '../../../src/ports/kube-objects.ts';
import { listObjects } from './bucket.ts';
import { attemptOf, jobsPath, type RunName } from './run-view.ts';
import { stage } from './stage.ts';

export interface Birth {
  readonly attempt: number;
  readonly uid: string;
  /** performance.now() of when it was heard of */
  readonly at: number;
}

export class AttemptAudit implements AsyncDisposable {
  readonly jobs: Birth[] = [];
  readonly pods: Birth[] = [];
  readonly #watches: AsyncDisposable[] = [];

  /** Begins to watch; do so before the run is applied. */
  static async begin(namespace: string): Promise<AttemptAudit> {
    const audit = new AttemptAudit();
    await audit.#follow(jobsPath(namespace), audit.jobs);
    await audit.#follow(`/api/v1/namespaces/${namespace}/pods`, audit.pods);
    return audit;
  }

  async #follow(path: string, births: Birth[]): Promise<void> {
    const watch = await stage().api.watch<Job | Pod>(path, ({ type, object, at }) => {
      if (type === 'ADDED') births.push({ attempt: attemptOf(object), uid: object.metadata.uid, at });
    });
    this.#watches.push(watch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch[Symbol.asyncDispose]()));
  }
}

const numbersOf = (births: readonly Birth[]): readonly number[] => births.map(({ attempt }) => attempt);

const inOrderOnce = (numbers: readonly number[]): readonly number[] =>
  [...new Set(numbers)].toSorted((a, b) => a - b);

/** Asserts that every attempt had one Job, one pod and at most one folder in the bucket; returns the numbers in order. */
export async function expectSingle(audit: AttemptAudit, run: RunName): Promise<readonly number[]> {
  const ofJobs = numbersOf(audit.jobs);
  expect(ofJobs, 'each attempt has one Job').toEqual(inOrderOnce(ofJobs));
  const ofPods = numbersOf(audit.pods);
  expect(ofPods, 'each attempt has one pod').toEqual(inOrderOnce(ofPods));
  const folders = new Map<string, number>();
  for (const object of await listObjects(run)) {
    if ('attempt' in object) folders.set(formatAttemptId(object.attempt), object.attempt.number);
  }
  const ofFolders = [...folders.values()].toSorted((a, b) => a - b);
  expect(ofFolders, 'each attempt has one folder').toEqual(inOrderOnce(ofFolders));
  return ofJobs;
}
