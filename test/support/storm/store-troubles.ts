// What people do to whole runs and namespaces in a storm over a store: they delete them and make them anew, leave pods behind, set what
// becomes of what is left, and a capacity for all of it; and what else befalls the list of runs.
import { annotations, apiVersion, labels, runNames } from '../../../src/api/names.ts';
import { formatTime } from '../../../src/domain/time.ts';
import { definitions, namespaces, pods, policies, runs } from '../../../src/ports/kinds.ts';
import { greedyRules, type Stage, type Trouble } from './storm-edits.ts';
import type { StormRun } from './storm-history.ts';
import { drawPolicies } from './storm-policies.ts';
import { troubles } from './storm-troubles.ts';
import { parse } from './told-bucket.ts';

/** What a storm over a store has besides. */
export interface StoreStage extends Stage {
  /** UIDs of runs that somebody deleted with their checkpoints. */
  readonly wished: Set<string>;
  /** From now on the API server lists all runs, or hardly any. */
  readonly listFew: (isFew: boolean) => void;
}

export type StoreTrouble = (stage: StoreStage, run: StormRun) => Promise<void>;

const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
const day = 86_400;

/** Makes the run, if there is none. */
export function applyRun({ dice, cluster: { storage } }: Stage, { namespace, name }: StormRun): void {
  if (storage.read(runs, { namespace, name }) !== undefined) return;
  const spec = {
    trainer,
    suspend: true,
    // Without any, every Step stays, but for a capacity.
    ...(dice.under(2) < 1 ? { retention: greedyRules } : {}),
    deletionPolicy: dice.pick(['Retain', 'Delete']),
  };
  const metadata = { namespace, name, labels: { team: dice.pick(['a', 'b']) } };
  storage.create(runs, { apiVersion, kind: runNames.kind, metadata, spec });
}

const makeRun: StoreTrouble = async (stage, run) => {
  if (stage.cluster.storage.read(namespaces, { name: run.namespace }) !== undefined) applyRun(stage, run);
};

/** Its checkpoints are to go with it. */
export const wishGone: StoreTrouble = async (stage, run) => {
  await makeRun(stage, run);
  const { storage } = stage.cluster;
  const object = storage.read(runs, run);
  if (object !== undefined && object.metadata.deletionTimestamp === undefined)
    storage.patch(runs, run, { spec: { deletionPolicy: 'Delete' } });
};

/** `kubectl delete` of the run; Delete is meant only while the CRD is not being deleted. */
export const deleteRun: StoreTrouble = async ({ cluster: { storage }, wished }, run) => {
  const object = storage.read(runs, run);
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
  const crd = storage.read(definitions, { name: 'ttstrainingruns.reprise.dev' });
  const { deletionPolicy } = object['spec'] as { readonly deletionPolicy?: string };
  if (deletionPolicy === 'Delete' && crd?.metadata.deletionTimestamp === undefined)
    wished.add(object.metadata.uid);
  storage.delete(runs, run, {});
};

const deleteNamespace: StoreTrouble = async (stage, { namespace }) => {
  const { storage } = stage.cluster;
  if (stage.dice.under(3) < 2 || storage.read(namespaces, { name: namespace }) === undefined) return;
  storage.delete(namespaces, { name: namespace }, {});
  for (const { metadata } of storage.list(runs, { namespace }))
    await deleteRun(stage, { namespace, name: metadata.name, prefix: '' });
};

export const makeNamespace: StoreTrouble = async ({ dice, cluster: { storage } }, { namespace }) => {
  if (storage.read(namespaces, { name: namespace }) !== undefined) return;
  storage.create(namespaces, { metadata: { name: namespace, labels: { team: dice.pick(['a', 'b']) } } });
};

const deleteDefinition: StoreTrouble = async ({ dice, cluster: { storage } }) => {
  const name = 'ttstrainingruns.reprise.dev';
  const crd = storage.read(definitions, { name });
  if (dice.under(8) < 1 && crd?.metadata.deletionTimestamp === undefined)
    storage.delete(definitions, { name }, {});
};

/** A long time later: what was noted of the run to be gone was noted days ago. */
export const ageNote: StoreTrouble = async ({ place }, { prefix }) => {
  const [object] = await place.truth(`${prefix}run.json`);
  const document = parse(object?.text ?? '') as { readonly gone?: object } | undefined;
  if (object === undefined || document?.gone === undefined) return;
  const since = formatTime(Math.floor(place.now() / 1000) * 1000 - 3 * day * 1000);
  await place.put({ ...object, text: JSON.stringify({ ...document, gone: { since } }) });
};

/** A pod of a run that is gone comes to light, or goes. */
const leavePod: StoreTrouble = async ({ place, cluster: { storage } }, { namespace, name, prefix }) => {
  const pod = { namespace, name: `${name}-left` };
  if (storage.read(pods, pod) !== undefined) return void storage.delete(pods, pod, { gracePeriodSeconds: 0 });
  const [object] = await place.truth(`${prefix}run.json`);
  const { runUid } = (parse(object?.text ?? '') ?? {}) as { readonly runUid?: string };
  if (storage.read(runs, { namespace, name })?.metadata.uid === runUid) return;
  const carried = { [labels.run]: name, [labels.runUid]: runUid ?? '' };
  storage.create(pods, { metadata: { ...pod, labels: carried }, spec: {} });
};

/** A run that is to begin from what is there comes or goes. */
const wait: StoreTrouble = async ({ cluster: { storage } }, { namespace, name }) => {
  const metadata = { namespace, name: `from-${name}` };
  if (storage.read(runs, metadata) !== undefined) return void storage.delete(runs, metadata, {});
  const spec = { trainer, suspend: true, initializeFrom: { run: name } };
  storage.create(runs, { apiVersion, kind: runNames.kind, metadata, spec });
};

const listFew: StoreTrouble = async ({ dice, listFew: few }) => few(dice.under(2) < 1);

/** One policy alone, for what is left and for all there is. */
export const clean: StoreTrouble = async ({ dice, cluster: { storage } }) => {
  for (const { metadata } of storage.list(policies, {})) storage.delete(policies, metadata, {});
  const capacity = {
    bytes: String(1 + Math.floor(dice.under(3000))),
    highThresholdPercent: 95,
    lowThresholdPercent: dice.pick([50, 90]),
  };
  const includeRetained = dice.under(4) < 3;
  const orphans = { deleteAfterSeconds: dice.pick([1, 1, 9]) * day, includeRetained };
  const approveAbove = { percent: 100, checkpoints: 1000 };
  const spec = {
    selector: {},
    mode: 'Enforce',
    ...(dice.under(4) < 3 ? { orphans } : {}),
    ...(dice.under(4) < 3 ? { capacity } : {}),
    ...(dice.under(3) < 2 ? { approveAbove } : {}),
  };
  storage.create(policies, { metadata: { name: 'clean' }, spec });
};

/** Several, as people set them, and what is left is of some. */
const editPolicies: StoreTrouble = async ({ dice, cluster: { storage } }) => {
  for (const { metadata } of storage.list(policies, {})) storage.delete(policies, metadata, {});
  for (const [name, spec] of drawPolicies(dice)) {
    const orphans = { deleteAfterSeconds: dice.pick([1, 9]) * day, includeRetained: dice.under(2) < 1 };
    storage.create(policies, {
      metadata: { name },
      spec: dice.under(2) < 1 ? { ...spec, orphans } : { ...spec },
    });
  }
};

/** Somebody agrees to what a policy asks for. */
export const agree: StoreTrouble = async ({ cluster: { storage } }) => {
  for (const { metadata, ...policy } of storage.list(policies, {})) {
    const [, digest] = /reprise\.dev\/approve=([0-9a-f]+)/.exec(JSON.stringify(policy)) ?? [];
    if (digest !== undefined)
      storage.patch(policies, metadata, { metadata: { annotations: { [annotations.approve]: digest } } });
  }
};

/** In the middle of a pass. */
export const storeAccidents: readonly StoreTrouble[] = [
  makeRun,
  makeRun,
  deleteRun,
  editPolicies,
  clean,
  leavePod,
  wait,
  agree,
  makeNamespace,
  deleteNamespace,
];

/** Between passes. */
export const storeTroubles: readonly StoreTrouble[] = [
  ...storeAccidents,
  ...(troubles satisfies readonly Trouble[]),
  deleteRun,
  deleteRun,
  wishGone,
  makeRun,
  ageNote,
  ageNote,
  ageNote,
  clean,
  clean,
  clean,
  agree,
  listFew,
  makeNamespace,
  deleteDefinition,
];
