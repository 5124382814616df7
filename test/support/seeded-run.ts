// The documents of a run whose checkpoints are put into a bucket by hand: one attempt, from scratch.
import { attemptDocument } from '../../src/wire/attempt-document.ts';
import type { RunDocument } from '../../src/wire/run-document.ts';

const marker = {
  version: 1,
  clusterUid: 'here',
  namespace: 'voice',
  name: '',
  runUid: 'former-uid',
  labels: {},
  namespaceLabels: { team: 'voice' },
  highestAttempt: 1,
  phase: 'Running',
} as const;

/** run.json of a run of this cluster, with what is said otherwise. */
export const runJson = (change: Partial<RunDocument>): RunDocument => ({ ...marker, ...change });

const origin = {
  version: 1,
  attempt: { number: 1, pod: 'aaaaaaaa' },
  runUid: '',
  podUid: 'aaaaaaaa-0000-0000-0000-000000000000',
  resumedFrom: null,
  initializedFrom: null,
  rollback: null,
  image: 'registry.example/f5-tts:1',
  gpus: 0,
  restoreSeconds: 1,
  waitedSeconds: 0,
} as const;

/** The attempt.json of attempt 0001-aaaaaaaa. */
export const attemptJson = (runUid: string): string =>
  attemptDocument.format({ ...origin, skipped: [], runUid });
