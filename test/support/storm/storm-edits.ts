// What people do in a storm: they change rules, pins, policies and labels, go back, suspend, go on and approve.
import { annotations } from '../../../src/api/names.ts';
import type { RetentionRules } from '../../../src/domain/retention/rules.ts';
import { formatTime } from '../../../src/domain/time.ts';
import { namespaces, policies, runs } from '../../../src/ports/kinds.ts';
import type { AttemptTale } from '../bucket-facts.ts';
import { retentionRules } from '../bucket-tales.ts';
import { allOf } from '../tale-checkpoints.ts';
import type { Dice } from '../e2e/dice.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import { draw, type StormRun } from './storm-history.ts';
import { retentionManifest } from './storm-manifest.ts';
import type { StormPlace } from './storm-place.ts';
import { drawPolicies } from './storm-policies.ts';
import { tellBucket } from './told-bucket.ts';

export interface Stage {
  readonly dice: Dice;
  readonly cluster: FakeCluster;
  readonly place: StormPlace;
  /** Whether an attempt that is made ever starts. */
  readonly hasNodes: boolean;
}

export type Trouble = (stage: Stage, run: StormRun) => Promise<void>;

/** What the bucket tells of the run; nothing where it cannot be read. */
export const talesOf = async ({ place }: Stage, run: StormRun): Promise<readonly AttemptTale[]> =>
  tellBucket(run.prefix, await place.truth(run.prefix), place.now()) ?? [];

const patch = ({ cluster }: Stage, run: StormRun, spec: object): void => {
  if (cluster.storage.read(runs, run) !== undefined) cluster.storage.patch(runs, run, { spec: { ...spec } });
};

/** Replaces what stood there before. */
function writeRules(stage: Stage, run: StormRun, rules: RetentionRules | undefined): void {
  patch(stage, run, { retention: null });
  if (rules !== undefined) patch(stage, run, { retention: retentionManifest(rules) });
}

const editRules: Trouble = async (stage, run) => writeRules(stage, run, draw(stage.dice, retentionRules));

/** Rules under which nearly everything goes. */
export const editGreedily: Trouble = async (stage, run) => writeRules(stage, run, greedyRules);

export const greedyRules = { keepNewest: 1, keepAbandonedSeconds: 0, minAgeSeconds: 0 };

const editPins: Trouble = async (stage, run) => {
  const { dice, place } = stage;
  const known = allOf(await talesOf(stage, run));
  const pins = Array.from({ length: Math.floor(dice.under(3)) }, () => {
    const one = known[Math.floor(dice.under(known.length))];
    const until = formatTime(Math.floor(place.now() / 1000) * 1000 + dice.pick([-10_000, 30_000, 90_000]));
    return {
      update: one?.update ?? 7,
      attempt: dice.pick([0, 0, one?.attempt ?? 1]),
      ...(dice.under(2) < 1 ? { until } : {}),
    };
  });
  patch(stage, run, { pins });
};

const rollBack: Trouble = async (stage, run) => {
  const { dice } = stage;
  const known = allOf(await talesOf(stage, run));
  const one = known[Math.floor(dice.under(known.length))];
  const rollback = {
    id: String(Math.floor(dice.under(1e9))),
    update: dice.pick([one?.update ?? 3, one?.update ?? 3, 0]),
    attempt: dice.pick([0, one?.attempt ?? 0]),
  };
  patch(stage, run, { rollback });
};

const dropRollback: Trouble = async (stage, run) => patch(stage, run, { rollback: null });

const goOn: Trouble = async (stage, run) => patch(stage, run, { suspend: !stage.hasNodes });

export const suspend: Trouble = async (stage, run) =>
  patch(stage, run, { suspend: true, suspendMode: 'Now' });

/** Policies come, change and go; now and then one that only a newer operator understands. */
const editPolicies: Trouble = async ({ dice, cluster: { storage } }) => {
  const wanted = dice.under(4) < 1 ? new Map<string, object>() : drawPolicies(dice);
  for (const { metadata } of storage.list(policies, {}))
    if (!wanted.has(metadata.name) || dice.under(2) < 1) storage.delete(policies, metadata, {});
  for (const [name, spec] of wanted) {
    const whole = dice.under(12) < 1 ? { ...spec, shield: true } : spec;
    if (storage.read(policies, { name }) !== undefined) storage.delete(policies, { name }, {});
    storage.create(policies, { metadata: { name }, spec: whole });
  }
};

/** Policies select others. */
const relabel: Trouble = async ({ dice, cluster: { storage } }, run) => {
  const labels = { team: dice.pick(['a', 'b', 'c']) };
  const [kind, name] =
    dice.under(2) < 1 ? ([namespaces, { name: run.namespace }] as const) : ([runs, run] as const);
  if (storage.read(kind, name) !== undefined) storage.patch(kind, name, { metadata: { labels } });
};

/** Somebody agrees to what status asks for, or to something else. */
export const approve: Trouble = async ({ dice, cluster: { storage } }, run) => {
  const object = storage.read(runs, run);
  const status = object?.['status'] as Asking | undefined;
  const digest = status?.retention?.approval?.digest;
  const word = dice.under(8) < 1 ? 'whatever' : digest;
  if (object !== undefined && word !== undefined)
    storage.patch(runs, run, { metadata: { annotations: { [annotations.approve]: word } } });
};

interface Asking {
  readonly retention?: { readonly approval?: { readonly digest: string } };
}

/** What people do to a run. */
export const edits: readonly Trouble[] = [
  editRules,
  editGreedily,
  editPins,
  editPolicies,
  relabel,
  approve,
  approve,
  rollBack,
  dropRollback,
  goOn,
  suspend,
];

/** What people do in the middle of a pass. */
export const hastyEdits: readonly Trouble[] = [
  editRules,
  editPins,
  editPolicies,
  editPolicies,
  relabel,
  approve,
  rollBack,
  goOn,
  suspend,
];

/** The likeliest of all. */
export const editsOften: readonly Trouble[] = [editGreedily, editGreedily, approve];
