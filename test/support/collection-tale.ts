// A run's retention over a told bucket, pass by pass, with everything that may go wrong between: the real planner and the real deletion
// over a fake store, and beside them what the naive evaluator would keep. Time passes; rules, policies, pins change; operators restart.
import fc from 'fast-check';
import { readInventory } from '../../src/domain/bucket/inventory.ts';
import type { RetentionPolicy } from '../../src/domain/retention/policy.ts';
import type { RetentionRules } from '../../src/domain/retention/rules.ts';
import type { Snapshot } from '../../src/domain/run/facts.ts';
import { unchallenged } from '../../src/operator/engine/tenure.ts';
import { RunCollection } from '../../src/operator/sweep/run-collection.ts';
import { type AttemptTale, bucketFacts, storeTime, talePrefix } from './bucket-facts.ts';
import { bucketTales, retentionRules } from './bucket-tales.ts';
import { FakeObjectStore } from './fake-object-store.ts';
import type { TalePin } from './naive-retention.ts';
import { type NaiveRun, ruleStoreNaively } from './naive-store.ts';
import { never } from './object-samples.ts';
import { RecordedLog } from './recorded-log.ts';
import { policies } from './store-tales.ts';
import { snapshotOf, statusWith } from './run-snapshots.ts';
import { checkpointsOf, nameOf } from './tale-checkpoints.ts';
import { VirtualClock } from './virtual-clock.ts';

const graceSeconds = 60;

/** The tale's run is of team a. */
const governedBy = ({ policies, isPolicyGarbled }: PassTale): Parameters<RunCollection['judge']>[1] => ({
  policies: {
    kind: 'Read',
    version: '',
    understood: policies,
    unreadable: isPolicyGarbled ? [{ name: 'garbled', selector: undefined, why: 'it is garbled' }] : [],
  },
  namespaceLabels: { team: 'a' },
  taken: new Set(),
  isTakenHeld: false,
});

/** What happens before and in one pass. */
export interface PassTale {
  readonly seconds: number;
  readonly rules: RetentionRules | undefined;
  readonly pins: readonly TalePin[];
  readonly policies: readonly RetentionPolicy[];
  /** True: there is one more, which nobody understands. */
  readonly isPolicyGarbled: boolean;
  readonly succeeded: boolean;
  readonly skewSeconds: number;
  readonly trouble: 'none' | 'restart' | 'refused' | 'unanswered' | 'killed' | 'edited' | 'unreadable';
}

const pass: fc.Arbitrary<PassTale> = fc.record({
  seconds: fc.constantFrom(1, 30, 59, 60, 200),
  rules: retentionRules,
  pins: fc.array(
    fc.record({
      update: fc.integer({ min: 1, max: 60 }),
      attempt: fc.nat({ max: 3 }),
      endsIn: fc.constantFrom(-10, 10, undefined),
    }),
    { maxLength: 2 },
  ),
  // A capacity is a matter of the whole store.
  policies: policies.map((all) => all.map((policy) => ({ ...policy, capacity: undefined }))),
  isPolicyGarbled: fc.nat({ max: 9 }).map((chance) => chance === 0),
  succeeded: fc.boolean(),
  skewSeconds: fc.constantFrom(0, 0, 0, 200, -200, 400),
  trouble: fc.constantFrom(
    ...([
      'none',
      'none',
      'none',
      'restart',
      'refused',
      'unanswered',
      'killed',
      'edited',
      'unreadable',
    ] as const),
  ),
});

/** Two passes of a kind, so that the grace can pass. */
const passes = fc
  .array(fc.tuple(pass, fc.nat({ max: 2 })), { minLength: 1, maxLength: 6 })
  .map((all) => all.flatMap(([one, again]) => Array.from({ length: 1 + again }, () => one)));

export const collectionTales = fc.record({ tales: bucketTales, passes });

/** Checkpoints, by the names of tales. */
export type Names = ReadonlySet<string>;

/** What a pass found, and what was gone after it. */
export interface PassResult {
  /** What the naive evaluator would delete, were it not for the grace; empty where it must not be asked. */
  readonly condemned: Names;
  /** What was there before. */
  readonly before: Names;
  readonly gone: Names;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** True when nobody remembers what was condemned before. */
  readonly isFresh: boolean;
}

export class CollectionTale {
  readonly #clock = new VirtualClock(storeTime);
  readonly #objects = new FakeObjectStore(this.#clock);
  readonly #tales: readonly AttemptTale[];
  #collection = this.#fresh();

  constructor(tales: readonly AttemptTale[]) {
    this.#tales = tales;
    for (const { key, sizeBytes, savedAt, etag } of objectsOf(tales))
      this.#objects.objects.set(key, { bytes: new Uint8Array(sizeBytes), etag, savedAt, metadata: {} });
  }

  #fresh(): RunCollection {
    return new RunCollection({
      clock: this.#clock,
      log: new RecordedLog(),
      operator: { graceSeconds, approveAbove: { percent: 100, checkpoints: 0 } },
      right: unchallenged,
    });
  }

  async pass(tale: PassTale): Promise<PassResult> {
    await this.#clock.advance(tale.seconds * 1000);
    const isFresh = tale.trouble === 'restart';
    if (isFresh) this.#collection = this.#fresh();
    const before = this.#names();
    const storeNow = this.#clock.now() + tale.skewSeconds * 1000;
    const isStopped = tale.trouble === 'unreadable' || Math.abs(tale.skewSeconds) > 300;
    const condemned = isStopped ? new Set<string>() : this.#condemned(tale, storeNow);
    const snapshot = this.#snapshot(tale, storeNow);
    this.#collection.judge(snapshot, governedBy(tale));
    await this.#sweep(tale);
    const left = this.#names();
    const gone = new Set([...before].filter((name) => !left.has(name)));
    if (tale.trouble === 'killed') this.#collection = this.#fresh();
    return { condemned, before, gone, at: this.#clock.monotonic(), isFresh };
  }

  async #sweep({ trouble }: PassTale): Promise<void> {
    const faults = this.#objects.faults;
    faults.keeps = (key) => (trouble === 'refused' && key.endsWith('0.pt') ? 'AccessDenied' : undefined);
    if (trouble === 'unanswered') faults.add({ on: 'delete', after: 'Unavailable' });
    if (trouble === 'killed') faults.add({ on: 'put', after: 'Unavailable' });
    const place = { objects: this.#objects, prefix: talePrefix, versioning: false };
    const run = { namespace: 'voice', name: 'zh', uid: 'run-uid' };
    await this.#collection.sweep({ run, place, isStillAsked: async () => trouble !== 'edited' }, never);
  }

  /** The tales as they are now: what is left, and how old it is by the store's clock. */
  #talesNow(storeNow: number): readonly AttemptTale[] {
    const left = this.#names();
    const elapsed = (storeNow - storeTime) / 1000;
    return this.#tales.map((tale) => {
      const kept = checkpointsOf(tale).filter((one) => left.has(nameOf(one)));
      const order = [
        ...kept.filter(({ kind }) => kind === 'Last'),
        ...kept.filter(({ kind }) => kind === 'Step'),
      ];
      const byUpdate = order.toSorted((a, b) => a.update - b.update);
      const { age = 10_000, openedAge = age } = tale;
      return {
        ...tale,
        last: kept.filter(({ kind }) => kind === 'Last').map(({ update }) => update),
        steps: kept.filter(({ kind }) => kind === 'Step').map(({ update }) => update),
        age: age + elapsed,
        openedAge: openedAge + elapsed,
        ages: byUpdate.map((one) => one.age + elapsed),
        sizes: byUpdate.map(({ size }) => size),
      };
    });
  }

  #condemned({ rules, pins, succeeded, policies, isPolicyGarbled }: PassTale, storeNow: number): Names {
    if (isPolicyGarbled) return new Set();
    const question = { tales: this.#talesNow(storeNow), rules, starting: false, pins, wanted: [] };
    const run: NaiveRun = { name: 'zh', team: 'a', phase: succeeded ? 'Succeeded' : 'Running', question };
    const rulings = ruleStoreNaively([run], policies, false).get('zh') ?? [];
    return new Set(rulings.flatMap(({ name, verdict }) => (verdict === 'Condemned' ? [name] : [])));
  }

  #snapshot({ rules, pins, succeeded, trouble }: PassTale, storeNow: number): Snapshot {
    const listing = [...this.#objects.objects].map(([key, { bytes, savedAt, etag }]) => ({
      key,
      sizeBytes: bytes.length,
      savedAt,
      etag,
    }));
    const inventory = readInventory(talePrefix, listing);
    const facts = bucketFacts(this.#tales, { inventory, storeTime: storeNow });
    const until = ({ endsIn }: TalePin): number | undefined =>
      endsIn === undefined ? undefined : storeNow + endsIn * 1000;
    return snapshotOf({
      ...(succeeded ? { status: statusWith([], { phase: 'Succeeded' }) } : {}),
      spec: {
        retention: rules,
        pins: pins.map((pin) => ({ update: pin.update, attempt: pin.attempt, until: until(pin) })),
      },
      bucket:
        trouble === 'unreadable'
          ? { kind: 'Unreadable', reason: 'BucketUnreadable', message: 'away' }
          : { kind: 'Read', facts },
      snapshot: { now: this.#clock.now() },
    });
  }

  #names(): Names {
    return new Set(
      this.#tales.flatMap((tale) =>
        objectsOf([tale]).flatMap(({ key, name }) =>
          name !== undefined && this.#objects.objects.has(key) ? [name] : [],
        ),
      ),
    );
  }
}

interface ToldObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly savedAt: number;
  readonly etag: string;
  /** Of a checkpoint. */
  readonly name?: string;
}

function objectsOf(tales: readonly AttemptTale[]): readonly ToldObject[] {
  return bucketFacts(tales).inventory.attempts.flatMap(({ opened, closed, checkpoints }) => [
    ...[opened, closed].filter((object) => object !== undefined),
    ...checkpoints.map((one) => ({ ...one, name: nameOf({ ...one, attempt: one.attempt.number }) })),
  ]);
}

/** What was deleted though it had not been condemned at every pass for the whole grace. */
export function hasty(results: readonly PassResult[]): readonly string[] {
  return results.flatMap(({ gone, at: now }, index) =>
    [...gone].filter((name) => {
      let since = Infinity;
      for (let at = index; at >= 0; at -= 1) {
        const result = results[at];
        if (result === undefined || !result.condemned.has(name)) break;
        since = result.at;
        if (result.isFresh) break;
      }
      return now - since < graceSeconds * 1000;
    }),
  );
}
