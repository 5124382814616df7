// What the objects below a run's prefix tell of its attempts, read with pen and paper: no code of the programs is used.
import type { AttemptTale } from '../bucket-facts.ts';
import { nameOf } from '../tale-checkpoints.ts';

/** An object as it truly lies in the store. */
export interface TrueObject {
  /** Whole. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly savedAt: number;
  /** Of a document; empty of a checkpoint. */
  readonly text: string;
}

const checkpointName = /^attempts\/(\d{4,})-[0-9a-f]{8}\/(last|steps)\/model_(0|[1-9]\d*)\.pt$/;
const openedName = /^attempts\/(\d{4,})-([0-9a-f]{8})\/attempt\.json$/;

interface Opened {
  /** `attempt` as its folder is named. */
  readonly resumedFrom: { readonly attempt: string; readonly update: number } | null;
  readonly skipped: readonly { readonly key: string; readonly reason: string }[];
  readonly rollback?: string | null;
}

/** The name by which tales know a checkpoint; undefined of anything else. */
export function checkpointNamed(relativeKey: string): string | undefined {
  const [, number, kind, update] = checkpointName.exec(relativeKey) ?? [];
  if (number === undefined) return undefined;
  return nameOf({
    attempt: Number(number),
    kind: kind === 'last' ? 'Last' : 'Step',
    update: Number(update),
  });
}

/** True of a checkpoint and of an attempt.json. */
export const isAged = (relativeKey: string): boolean =>
  checkpointName.test(relativeKey) || openedName.test(relativeKey);

/** The attempts, oldest first; undefined where an attempt.json on the chain is missing or cannot be understood. */
export function tellBucket(
  prefix: string,
  objects: readonly TrueObject[],
  storeTime: number,
): readonly AttemptTale[] | undefined {
  const tales = new Map<number, AttemptTale>();
  const below = objects.map((object) => ({ ...object, key: object.key.slice(prefix.length) }));
  for (const object of below) {
    const [, number, pod = ''] = openedName.exec(object.key) ?? [];
    if (number === undefined) continue;
    const opened = parse(object.text) as Opened | undefined;
    if (opened === undefined) return undefined;
    const openedAge = (storeTime - object.savedAt) / 1000;
    tales.set(Number(number), { number: Number(number), pod, openedAge, ...beginning(opened) });
  }
  for (const object of below) addCheckpoint(tales, object, storeTime);
  const told = [...tales.values()].toSorted((a, b) => a.number - b.number);
  return isChainWhole(told) ? told : undefined;
}

function beginning({ resumedFrom, skipped, rollback }: Opened): Partial<AttemptTale> {
  return {
    skipped,
    ...(resumedFrom === null ? {} : { from: [Number.parseInt(resumedFrom.attempt, 10), resumedFrom.update] }),
    ...(typeof rollback === 'string' ? { rollback } : {}),
  };
}

/** A document of the version there is; undefined of anything else. */
export function parse(text: string): unknown {
  try {
    const document = JSON.parse(text) as { readonly version?: number };
    return document.version === 1 ? document : undefined;
  } catch {
    return undefined;
  }
}

function addCheckpoint(
  tales: Map<number, AttemptTale>,
  { key, savedAt, sizeBytes }: TrueObject,
  storeTime: number,
): void {
  const [, digits, folder, digitsOfUpdate] = checkpointName.exec(key) ?? [];
  if (digits === undefined) return;
  const [number, update] = [Number(digits), Number(digitsOfUpdate)];
  const tale = tales.get(number) ?? { number, from: 'unopened' };
  const { last = [], steps = [], saved = new Map() } = tale;
  const facts = { age: (storeTime - savedAt) / 1000, size: sizeBytes };
  const isLast = folder === 'last';
  tales.set(number, {
    ...tale,
    last: isLast ? [...last, update] : last,
    steps: isLast ? steps : [...steps, update],
    saved: new Map([...saved, [`${isLast ? 'Last' : 'Step'}@${update}`, facts]]),
  });
}

function isChainWhole(tales: readonly AttemptTale[]): boolean {
  const opened = tales.filter(({ from }) => from !== 'unopened');
  let tale = opened.at(-1);
  while (tale !== undefined && typeof tale.from === 'object') {
    const [parent] = tale.from;
    if (parent >= tale.number) return false;
    tale = opened.find(({ number }) => number === parent);
    if (tale === undefined) return false;
  }
  return true;
}
