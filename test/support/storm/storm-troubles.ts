// What befalls the bucket of a storm, past everybody: attempts that come and go, uploads that arrive late, strangers, spoilt documents,
// a store and a clock that fail.
import { formatTime } from '../../../src/domain/time.ts';
import { runs } from '../../../src/ports/kinds.ts';
import type { AttemptTale } from '../bucket-facts.ts';
import { allOf, lineageOf, type TaleCheckpoint } from '../tale-checkpoints.ts';
import { edits, editsOften, hastyEdits, type Stage, talesOf, type Trouble } from './storm-edits.ts';
import { seedAttempt, seedMarker, type StormRun } from './storm-history.ts';
import { unfinishedOf } from './storm-truth.ts';

/** An upload that arrives late. */
const upload: Trouble = async ({ dice, place, ...stage }, run) => {
  const tales = await talesOf({ dice, place, ...stage }, run);
  const tale = tales.findLast(({ from }) => from !== 'unopened');
  if (tale === undefined) return;
  const start = typeof tale.from === 'object' ? tale.from[1] : 0;
  const newest = Math.max(start, ...allOf([tale]).map(({ update }) => update));
  const update = newest + 1 + Math.floor(dice.under(8));
  const kind = dice.pick(['Last', 'Step']);
  const more = kind === 'Last' ? { last: [update] } : { steps: [update] };
  const { number, pod } = tale;
  await seedAttempt(place, run, {
    number,
    ...(pod === undefined ? {} : { pod }),
    from: 'unopened',
    ...more,
    age: 0,
    sizes: [1 + Math.floor(dice.under(200))],
  });
};

/** An attempt that began and ended while nobody looked: a fallback, a rollback, or a start from scratch. */
const attempt: Trouble = async ({ dice, place, ...stage }, run) => {
  const object = stage.cluster.storage.read(runs, run);
  if (object === undefined || unfinishedOf(stage.cluster, object).length > 0) return;
  const tales = await talesOf({ dice, place, ...stage }, run);
  const lineage = lineageOf(tales);
  const known =
    dice.under(3) < 2 ? lineage.slice(0, 3) : allOf(tales.filter(({ from }) => from !== 'unopened'));
  const origin: TaleCheckpoint | undefined = known[Math.floor(dice.under(known.length))];
  const number = Math.max(0, ...(await numbersOf({ place, ...stage }, run))) + 1;
  const first = (origin?.update ?? 0) + 1 + Math.floor(dice.under(5));
  const pods: Pick<AttemptTale, 'from'> =
    origin === undefined ? {} : { from: [origin.attempt, origin.update] };
  await seedAttempt(place, run, { number, ...pods, last: [first + 4], steps: [first, first + 4], age: 0 });
};

/** Those in the bucket, and the one that the operator has reserved. */
async function numbersOf(
  { place, cluster }: Pick<Stage, 'place' | 'cluster'>,
  run: StormRun,
): Promise<readonly number[]> {
  const status = cluster.storage.read(runs, run)?.['status'] as { readonly attempt?: number } | undefined;
  const objects = await place.truth(`${run.prefix}attempts/`);
  const folders = objects.map(({ key }) => Number(key.slice(run.prefix.length + 9).split('-')[0]));
  return [...folders.filter(Number.isInteger), status?.attempt ?? 0];
}

/** The pin of a run that is gone: it may have an end, be spoilt, or be of a newer layout. */
const keptPin: Trouble = async (stage, run) => {
  const { dice, place } = stage;
  const known = allOf(await talesOf(stage, run));
  const { attempt: number, update } = known[Math.floor(dice.under(known.length))] ?? {
    attempt: 1,
    update: 3,
  };
  const key = `${run.prefix}pins/${String(number).padStart(4, '0')}-${update}.json`;
  const until = dice.under(2) < 1 ? null : formatTime(Math.floor(place.now() / 1000) * 1000 + 60_000);
  const since = '2026-11-22T12:00:00Z';
  const words = {
    version: 1,
    runUid: 'former',
    attempt: number,
    update,
    reason: null,
    until,
    since,
    keys: [],
  };
  const what = dice.pick(['kept', 'kept', 'spoilt', 'newer', 'gone', 'gone']);
  const version = what === 'newer' ? 2 : 1;
  if (what === 'gone') for (const one of await place.truth(`${run.prefix}pins/`)) await place.remove(one.key);
  else await place.put({ key, text: what === 'spoilt' ? 'not json' : JSON.stringify({ ...words, version }) });
};

const strangers = [
  'notes.txt',
  'attempts/0001-zzzzzzzz/steps/model_5.pt',
  'attempts/extra/model_5.pt',
  'attempts/0001-11111111/steps/model_05.pt',
  'steps/model_10.pt',
];

const stranger: Trouble = async ({ dice, place }, { prefix }) =>
  place.put({ key: prefix + dice.pick(['notes.txt', ...strangers]), text: 'not ours', age: 1e6 });

/** The marker becomes another's, of a newer layout, or is lost; and back again. */
const marker: Trouble = async ({ dice, place, cluster }, run) => {
  const key = `${run.prefix}run.json`;
  const uid = cluster.storage.read(runs, run)?.metadata.uid ?? 'former';
  const what = dice.pick(['foreign', 'newer', 'lost', 'back', 'back']);
  if (what === 'lost') await place.remove(key);
  else if (what === 'newer') await place.put({ key, text: JSON.stringify({ version: 2, runUid: uid }) });
  else await seedMarker(place, run, { runUid: what === 'back' ? uid : 'another' });
};

/** The marker is the run's. */
export const back: Trouble = async ({ place, cluster }, run) => {
  const object = cluster.storage.read(runs, run);
  if (object !== undefined) await seedMarker(place, run, { runUid: object.metadata.uid });
};

/** An attempt.json is spoilt. */
const spoil: Trouble = async ({ dice, place }, { prefix }) => {
  const objects = await place.truth(`${prefix}attempts/`);
  const opened = objects.filter(({ key }) => key.endsWith('attempt.json'));
  const one = opened[Math.floor(dice.under(opened.length * 4))];
  if (one !== undefined) await place.put({ ...one, text: 'not json' });
};

const refuse: Trouble = async ({ dice, place }) => {
  const digit = Math.floor(dice.under(10));
  const isOn = dice.under(2) < 1;
  place.keep((key) => isOn && key.endsWith(`${digit}.pt`));
};

const fail: Trouble = async ({ dice, place }) =>
  place.trouble(
    dice.pick(['list', 'list', 'get', 'put', 'delete']),
    dice.pick(['before', 'midway', 'midway', 'after']),
  );

const skew: Trouble = async ({ dice, place }) => place.skew(dice.pick([0, 0, 0, 200, -200, 400, -400]));

/** What may happen at any moment, also in the middle of a pass. */
export const accidents: readonly Trouble[] = [...hastyEdits, upload, marker, stranger];

/** What happens between passes. */
export const troubles: readonly Trouble[] = [
  ...edits,
  ...editsOften,
  upload,
  upload,
  attempt,
  attempt,
  marker,
  keptPin,
  stranger,
  spoil,
  refuse,
  fail,
  fail,
  fail,
  skew,
];
