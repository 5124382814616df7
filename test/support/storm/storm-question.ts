// What one pass could know of one run, as the naive evaluator is asked about it. Nothing here is taken from the pass itself.
import { annotations } from '../../../src/api/names.ts';
import { digestOf } from '../../../src/domain/retention/approval.ts';
import type { RetentionRules } from '../../../src/domain/retention/rules.ts';
import type { AttemptTale } from '../bucket-facts.ts';
import type { TalePin } from '../naive-retention.ts';
import { type NaiveRun, ruleStoreNaively } from '../naive-store.ts';
import type { StoredObject } from '../object-storage/journal.ts';
import { allOf, lineageOf } from '../tale-checkpoints.ts';
import { type Governed, governedBy } from './storm-policies.ts';
import type { Reading } from './naive-record.ts';
import { checkpointNamed, isAged, parse, tellBucket, type TrueObject } from './told-bucket.ts';

/** What lay in the bucket when a process listed it. */
export interface Look {
  readonly prefix: string;
  objects: readonly TrueObject[];
  /** False until the process had all of it, with every document. */
  isWhole: boolean;
  /** The store's time, as the process was told; undefined when it was not. */
  storeTime: number | undefined;
  /** When it was asked for, on the monotonic clock of the process. */
  readonly at: number;
}

export interface Knowledge {
  readonly look: Look;
  /** The clock of the process. */
  readonly now: number;
  readonly run: StoredObject;
  /** All runs of the cluster. */
  readonly others: readonly StoredObject[];
  /** The numbers of attempts that were made and have not ended. */
  readonly unfinished: readonly number[];
  readonly policies: readonly StoredObject[];
  readonly namespaceLabels: Readonly<Record<string, string>>;
  /** What policies' capacities take of it, by the names of tales. */
  readonly taken: () => ReadonlySet<string>;
}

/** What a naive reading lets go, by the names of tales, and what governs that. */
export interface NaiveSentence {
  readonly condemned: ReadonlySet<string>;
  /** How many checkpoints there are. */
  readonly total: number;
  readonly governed: Governed;
}

interface Spec {
  readonly retention?: Omit<RetentionRules, 'maxBytes' | 'minAgeSeconds'> & {
    readonly maxBytes?: string;
    readonly minAgeSeconds?: number;
  };
  readonly pins?: readonly {
    readonly update: number;
    readonly attempt?: number;
    readonly until?: string;
  }[];
  readonly rollback?: { readonly id: string; readonly update: number; readonly attempt?: number };
  readonly initializeFrom?: { readonly run?: string; readonly update?: number };
}

const specOf = (run: StoredObject): Spec => run['spec'] as Spec;

export const isSucceeded = (run: StoredObject): boolean =>
  (run['status'] as { readonly phase?: string } | undefined)?.phase === 'Succeeded';

export const longestSkew = 300_000;

/** Undefined where nothing may go whatever the rules say. */
export function sentenceOf(known: Knowledge): NaiveSentence | undefined {
  const { run, policies, namespaceLabels } = known;
  const labels = { run: run.metadata.labels ?? {}, namespace: namespaceLabels };
  const governed = governedBy(policies, labels);
  const question = questionOf(known);
  if (question === undefined || governed === undefined || isContradictory(governed)) return undefined;
  const phase = isSucceeded(run) ? 'Succeeded' : 'Running';
  const asked: NaiveRun = { name: 'run', team: '', phase, question, taken: known.taken() };
  const speaking = governed.protecting.map((policy) => ({ ...policy, capacity: undefined }));
  const rulings = ruleStoreNaively([asked], speaking, false).get('run');
  if (rulings === undefined) return undefined;
  const condemned = rulings.flatMap(({ name, verdict }) => (verdict === 'Condemned' ? [name] : []));
  return { condemned: new Set(condemned), total: rulings.length, governed };
}

/** The same, as it is noted. What goes for a capacity alone may go or not. */
export function readingOf(known: Knowledge): Reading | undefined {
  const sentence = sentenceOf(known);
  if (sentence === undefined) return undefined;
  const { look, run } = known;
  const keys = new Map(
    look.objects.map(({ key }) => [checkpointNamed(key.slice(look.prefix.length)) ?? '', key]),
  );
  const digest = (some: ReadonlySet<string>): string =>
    digestOf(new Set([...some].map((name) => keys.get(name) ?? '')));
  const sure = (known.taken().size === 0 ? sentence : sentenceOf({ ...known, taken: () => new Set() }))
    ?.condemned;
  const perhaps = new Set([...sentence.condemned].filter((name) => sure?.has(name) !== true));
  return { ...sentence, perhaps, word: run.metadata.annotations?.[annotations.approve] ?? '', digest };
}

export const isContradictory = ({ acting }: Governed): boolean =>
  (['defaults', 'capacity'] as const).some(
    (part) => acting.filter((policy) => policy[part] !== undefined).length > 1,
  );

/** Undefined where nothing may be judged. */
export function questionOf(known: Knowledge): NaiveRun['question'] | undefined {
  const { look, run } = known;
  const { storeTime } = look;
  if (!look.isWhole || storeTime === undefined || !isOurs(look, run.metadata.uid)) return undefined;
  if (Math.abs(known.now - storeTime) > longestSkew) return undefined;
  if (isFromTheFuture(look, storeTime)) return undefined;
  const tales = tellBucket(look.prefix, look.objects, storeTime);
  const kept = keptPins(look, { uid: run.metadata.uid, storeTime });
  if (tales === undefined || kept === undefined) return undefined;
  const { retention } = specOf(run);
  return {
    tales,
    rules: retention && rulesOf(retention),
    starting: known.unfinished.some((number) => !tales.some((tale) => isOpened(tale, number))),
    pins: [...pinsOf(run, storeTime), ...kept, ...rollbackOf(run, tales)],
    wanted: wantedOf(known),
  };
}

const isOpened = ({ number, from }: AttemptTale, wanted: number): boolean =>
  number === wanted && from !== 'unopened';

/** Of checkpoints and of what tells when an attempt began: nothing else has an age that matters. */
const isFromTheFuture = ({ objects, prefix }: Look, storeTime: number): boolean =>
  objects
    .filter(({ key }) => isAged(key.slice(prefix.length)))
    .some(({ savedAt }) => savedAt - storeTime > longestSkew);

function isOurs({ prefix, objects }: Look, uid: string): boolean {
  const text = objects.find(({ key }) => key === `${prefix}run.json`)?.text ?? '';
  return (parse(text) as { readonly runUid?: string } | undefined)?.runUid === uid;
}

const rulesOf = ({
  maxBytes,
  minAgeSeconds = 3600,
  ...rules
}: NonNullable<Spec['retention']>): RetentionRules => ({
  ...rules,
  minAgeSeconds,
  maxBytes: maxBytes === undefined ? undefined : Number(maxBytes),
});

const pinsOf = (run: StoredObject, storeTime: number): readonly TalePin[] =>
  (specOf(run).pins ?? []).map(({ update, attempt = 0, until }) => ({
    update,
    attempt,
    endsIn: until === undefined ? undefined : (Date.parse(until) - storeTime) / 1000,
  }));

/** The pins of others that the bucket keeps; undefined where a newer program wrote one. */
function keptPins(
  { prefix, objects }: Look,
  { uid, storeTime }: { readonly uid: string; readonly storeTime: number },
): readonly TalePin[] | undefined {
  const found = objects.flatMap(({ key, text }) => {
    const [, attempt, update] = /^pins\/(\d{4,})-(\d+)\.json$/.exec(key.slice(prefix.length)) ?? [];
    return attempt === undefined ? [] : [{ attempt: Number(attempt), update: Number(update), text }];
  });
  if (found.some(({ text }) => text.includes('"version":2'))) return undefined;
  return found.flatMap(({ attempt, update, text }) => {
    const { runUid, until = null } = (parse(text) ?? {}) as { runUid?: string; until?: string | null };
    if (runUid === uid) return [];
    const endsIn = until === null ? undefined : (Date.parse(until) - storeTime) / 1000;
    return [{ attempt, update, endsIn }];
  });
}

/** What a rollback that was not carried out would go back to stays like what is pinned. */
function rollbackOf(run: StoredObject, tales: readonly AttemptTale[]): readonly TalePin[] {
  const { rollback } = specOf(run);
  if (rollback === undefined || tales.some((tale) => tale.rollback === rollback.id)) return [];
  const { update, attempt = 0 } = rollback;
  const reachable = attempt === 0 ? lineageOf(tales) : allOf(tales.filter((tale) => isOpened(tale, attempt)));
  const [target] = reachable.filter((one) => one.update === update);
  return target === undefined ? [] : [{ update, attempt: target.attempt, endsIn: undefined }];
}

/** What runs that have not begun yet will start from. */
const wantedOf = ({ run, others }: Knowledge): readonly (number | undefined)[] =>
  others
    .filter((other) => other.metadata.uid !== run.metadata.uid)
    .filter((other) => other.metadata.namespace === run.metadata.namespace)
    .flatMap((other) => {
      const { run: name, update } = specOf(other).initializeFrom ?? {};
      return name === run.metadata.name ? [update] : [];
    });
