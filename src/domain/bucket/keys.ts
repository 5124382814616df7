// The one codec of the names below `<prefix>/<namespace>/<run>/` in a bucket (the layout of the store).
// A name that does not parse is unknown: it may be reported, never touched.
import type { Update } from '../units.ts';

/** One try of a run, as the bucket names it: its number and the first 8 hex digits of its pod's UID. */
export interface AttemptId {
  readonly number: number;
  readonly pod: string;
}

export type CheckpointKind = 'Last' | 'Step';

/** What an object below a run's prefix is. */
export type RunObject =
  | { readonly is: 'Run' }
  /** What retention removed on that day (`2026-11-22`, UTC). */
  | { readonly is: 'Deletions'; readonly date: string }
  /** A pin that outlives the run object: of every checkpoint of this update of the attempt. */
  | { readonly is: 'Pin'; readonly attemptNumber: number; readonly update: Update }
  | { readonly is: 'Attempt'; readonly attempt: AttemptId }
  | { readonly is: 'End'; readonly attempt: AttemptId }
  | { readonly is: 'Gone'; readonly attempt: AttemptId }
  | {
      readonly is: 'Checkpoint';
      readonly attempt: AttemptId;
      readonly kind: CheckpointKind;
      readonly update: Update;
    };

/** Where the runs of a store live: the store's prefix ('' or 'a/b', no outer slashes). */
export interface RunPlace {
  readonly prefix: string;
  readonly namespace: string;
  readonly run: string;
}

const folders = { Last: 'last', Step: 'steps' } as const satisfies Record<CheckpointKind, string>;

/** The prefix of every object of a run, with its trailing slash. */
export function formatRunPrefix(place: RunPlace): string {
  const parent = place.prefix === '' ? '' : `${place.prefix}/`;
  return `${parent}${place.namespace}/${place.run}/`;
}

/** The prefix of the objects that runs of a namespace may be initialised from, with its trailing slash. No run has this name. */
export const formatObjectsPrefix = ({ prefix, namespace }: Omit<RunPlace, 'run'>): string =>
  formatRunPrefix({ prefix, namespace, run: '_objects' });

/** The name of an attempt's folder: `0003-9f31c2aa`. */
export const formatAttemptId = (attempt: AttemptId): string =>
  `${formatNumber(attempt.number)}-${attempt.pod}`;

const formatNumber = (attempt: number): string => String(attempt).padStart(4, '0');

/** The attempt a folder name stands for; undefined unless it is exactly what {@link formatAttemptId} writes. */
export function parseAttemptId(text: string): AttemptId | undefined {
  const match = /^([0-9]{4,9})-([0-9a-f]{8})$/.exec(text);
  const [, digits, pod] = match ?? [];
  if (digits === undefined || pod === undefined) return undefined;
  const attempt = { number: Number(digits), pod };
  return attempt.number > 0 && formatAttemptId(attempt) === text ? attempt : undefined;
}

/** The first 8 hex digits of a pod's UID, which name its folder. */
export const podOf = (uid: string): string => uid.replaceAll('-', '').slice(0, 8).toLowerCase();

/** True when both name the same attempt of the same pod. */
export const isSameAttempt = (a: AttemptId, b: AttemptId): boolean =>
  a.number === b.number && a.pod === b.pod;

/** The key of an object relative to the run's prefix. */
export function formatRunObject(object: RunObject): string {
  if (object.is === 'Run') return 'run.json';
  if (object.is === 'Deletions') return `deletions/${object.date}.json`;
  if (object.is === 'Pin') return `pins/${formatNumber(object.attemptNumber)}-${object.update}.json`;
  const folder = `attempts/${formatAttemptId(object.attempt)}`;
  switch (object.is) {
    case 'Attempt':
      return `${folder}/attempt.json`;
    case 'End':
      return `${folder}/end.json`;
    case 'Gone':
      return `${folder}/gone.json`;
    case 'Checkpoint':
      return `${folder}/${folders[object.kind]}/model_${object.update}.pt`;
  }
}

/** What a key relative to the run's prefix stands for; undefined for a name we did not write. */
export function parseRunObject(key: string): RunObject | undefined {
  if (key === 'run.json') return { is: 'Run' };
  const [, date] = /^deletions\/([0-9]{4}-[0-9]{2}-[0-9]{2})\.json$/.exec(key) ?? [];
  if (date !== undefined) return { is: 'Deletions', date };
  if (key.startsWith('pins/')) return parsePin(key);
  const [, folder = '', name = ''] = /^attempts\/([^/]*)\/(.*)$/s.exec(key) ?? [];
  const attempt = parseAttemptId(folder);
  return attempt === undefined ? undefined : parseAttemptObject(attempt, name);
}

function parsePin(key: string): RunObject | undefined {
  const [, digits, update] = /^pins\/([0-9]{4,9})-([1-9][0-9]{0,14})\.json$/.exec(key) ?? [];
  const pin = { is: 'Pin', attemptNumber: Number(digits), update: Number(update) } as const;
  return pin.attemptNumber > 0 && formatRunObject(pin) === key ? pin : undefined;
}

function parseAttemptObject(attempt: AttemptId, name: string): RunObject | undefined {
  if (name === 'attempt.json') return { is: 'Attempt', attempt };
  if (name === 'end.json') return { is: 'End', attempt };
  if (name === 'gone.json') return { is: 'Gone', attempt };
  const [, folder, digits] = /^(last|steps)\/model_(0|[1-9][0-9]{0,14})\.pt$/.exec(name) ?? [];
  if (digits === undefined) return undefined;
  return { is: 'Checkpoint', attempt, kind: folder === 'last' ? 'Last' : 'Step', update: Number(digits) };
}

/** The object that claims a store's prefix for one cluster. */
export const storeClaimKey = (prefix: string): string =>
  prefix === '' ? '.reprise-store.json' : `${prefix}/.reprise-store.json`;

/** The folder below which an endpoint's abilities are probed, with its trailing slash. */
export const storeProbePrefix = (prefix: string): string =>
  prefix === '' ? '.reprise-probe/' : `${prefix}/.reprise-probe/`;
