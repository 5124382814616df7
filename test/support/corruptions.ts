// What can become of a checkpoint between the day it was saved and the day it is restored: its bytes, its metadata, its place,
// the listing that tells of it, the way it takes. One run with four checkpoints on its lineage, and each way to spoil one.
import { AgentBench, type CheckpointPlace, checkpointKey, first, second } from './agent-bench.ts';
import { smallCheckpoint } from './small-checkpoint.ts';

const newest: CheckpointPlace = { attempt: second, kind: 'Last', update: 35 };

/** The candidates, best first. */
export const places: readonly CheckpointPlace[] = [
  newest,
  { attempt: second, kind: 'Step', update: 30 },
  { attempt: first, kind: 'Step', update: 20 },
  { attempt: first, kind: 'Step', update: 10 },
];

/** Beside the lineage, at an update that the lineage has as well. */
const abandoned: CheckpointPlace = { attempt: first, kind: 'Step', update: 30 };

const nameOf = ({ attempt, kind, update }: CheckpointPlace): string => `${attempt.number}-${kind}-${update}`;

/** Each checkpoint as it was saved; no two are alike. */
const pristine: ReadonlyMap<string, Uint8Array> = new Map(
  [...places, abandoned].map((place) => [checkpointKey(place), smallCheckpoint(place.update, nameOf(place))]),
);

/** The run, whole: the operator has seen its newest checkpoint. */
export function wholeRun(): AgentBench {
  const bench = new AgentBench({ expected: { attempt: second, update: 35 } });
  bench.seedRun();
  bench.seedAttempt(first);
  bench.seedAttempt(second, { attempt: first, update: 20 });
  for (const place of [...places, abandoned])
    bench.seedCheckpoint(place, pristine.get(checkpointKey(place)) ?? new Uint8Array());
  return bench;
}

export interface Blow {
  readonly bench: AgentBench;
  readonly place: CheckpointPlace;
  /** Two numbers from 0 to 1, 1 excluded: where, and what. */
  readonly where: number;
  readonly what: number;
}

/** Spoils the checkpoint; resolves to the keys that must not be handed over any more. */
export type Corruption = (blow: Blow) => readonly string[];

const at = (part: number, length: number): number => Math.floor(part * length);

/** Other bytes at rest: the same ETag, the same metadata. */
const atRest =
  (change: (bytes: Uint8Array, blow: Blow) => Uint8Array): Corruption =>
  (blow) => {
    const key = checkpointKey(blow.place);
    blow.bench.objects.damage(key, (bytes) => change(bytes, blow));
    const after = blow.bench.objects.objects.get(key)?.bytes ?? new Uint8Array();
    return Buffer.compare(after, pristine.get(key) ?? new Uint8Array()) === 0 ? [] : [key];
  };

function flip(bytes: Uint8Array, { where, what }: Blow): Uint8Array {
  const index = at(where, bytes.length);
  bytes[index] = (bytes[index] ?? 0) ^ (1 << at(what, 8));
  return bytes;
}

const overwrite = (fill: (length: number) => Uint8Array) =>
  atRest((bytes, { where, what }) => {
    const from = at(where, bytes.length);
    const length = at(what, bytes.length - from) + 1;
    bytes.set(fill(length), from);
    return bytes;
  });

const insert = atRest((bytes, { where, what }) => {
  const index = at(where, bytes.length + 1);
  const more = bytes.slice(0, at(what, 64) + 1);
  return Buffer.concat([bytes.subarray(0, index), more, bytes.subarray(index)]);
});

const cutOut = atRest((bytes, { where, what }) => {
  const index = at(where, bytes.length);
  const length = at(what, bytes.length - index) + 1;
  return Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + length)]);
});

/** Puts bytes there with metadata that go with them: nothing but what is inside can tell. */
function replaceWith(content: (blow: Blow) => Uint8Array): Corruption {
  return (blow) => {
    const key = blow.bench.seedCheckpoint(blow.place, content(blow));
    return [key];
  };
}

const another = ({ place, where }: Blow): number => (place.update + 1 + at(where, 90)) % 100;

/** A bit of a tensor or of the pickle, in an object that tells no CRC32 of its own. */
const flipUntold: Corruption = ({ bench, place, where, what }) => {
  const key = checkpointKey(place);
  const bytes = Buffer.from(pristine.get(key) ?? []);
  const tensor = bytes.lastIndexOf('model_last/data/0', bytes.lastIndexOf('model_last/data/0') - 1);
  const begin = tensor + 17 + bytes.readUInt16LE(tensor - 2);
  bytes[begin + at(where, 1024)] = (bytes[begin + at(where, 1024)] ?? 0) ^ (1 << at(what, 8));
  bench.objects.seed(key, bytes);
  return [key];
};

/** Two objects change places, metadata and all. */
const swapWith =
  (other: (blow: Blow) => CheckpointPlace): Corruption =>
  (blow) => {
    const { objects } = blow.bench.objects;
    const [one, two] = [checkpointKey(blow.place), checkpointKey(other(blow))];
    const [a, b] = [objects.get(one), objects.get(two)];
    if (a === undefined || b === undefined || one === two) return [];
    objects.set(one, b);
    objects.set(two, a);
    return [one, two];
  };

function withMetadata(change: (metadata: Record<string, string>, blow: Blow) => void): Corruption {
  return (blow) => {
    const key = checkpointKey(blow.place);
    const object = blow.bench.objects.objects.get(key);
    if (object === undefined) return [];
    const metadata = { ...object.metadata };
    change(metadata, blow);
    blow.bench.objects.objects.set(key, { ...object, metadata });
    return [key];
  };
}

/** Arrives wrong `times` times. */
const onTheWay =
  (times: number): Corruption =>
  ({ bench, place, where }) => {
    const key = checkpointKey(place);
    const flipAt = at(where, pristine.get(key)?.length ?? 0);
    bench.objects.faults.add({ on: 'download', key: new RegExp(`${key}$`), flipAt, times });
    return times > 1 ? [key] : [];
  };

/** The listing is of a while ago: it lacks the newest, which the operator knew of, or tells of one replaced since. */
const staleListing =
  (told: 'absent' | 'replaced'): Corruption =>
  ({ bench, place, what }) => {
    const key = checkpointKey(told === 'absent' ? newest : place);
    const list = bench.objects.list.bind(bench.objects);
    let left = 1 + at(what, 3);
    bench.objects.list = async function* (prefix, signal) {
      left -= 1;
      for await (const page of list(prefix, signal))
        yield left < 0
          ? page
          : page.flatMap((listed) => {
              if (listed.key !== key) return [listed];
              return told === 'absent' ? [] : [{ ...listed, etag: '"of before"' }];
            });
    };
    return [];
  };

export const corruptions: Readonly<Record<string, Corruption>> = {
  'a bit at rest': atRest(flip),
  'a span of zeros': overwrite((length) => new Uint8Array(length)),
  'a span of ones': overwrite((length) => new Uint8Array(length).fill(255)),
  'a truncation': atRest((bytes, { where }) => bytes.slice(0, at(where, bytes.length))),
  'nothing at all': atRest(() => new Uint8Array()),
  'an insertion': insert,
  'a hole': cutOut,
  'a bit where no CRC32 is told': flipUntold,
  'another update inside': replaceWith((blow) => smallCheckpoint(another(blow), 'other')),
  'a whole file of something else': replaceWith(({ where }) => new Uint8Array(1 + at(where, 5000)).fill(7)),
  'swapped with another candidate': swapWith(({ place, what }) => {
    const others = places.filter((other) => other !== place);
    return others[at(what, others.length)] ?? place;
  }),
  'swapped with what was abandoned': swapWith(() => abandoned),
  'a wrong CRC32': withMetadata((metadata, { what }) => {
    const wrong = (Number.parseInt(metadata['reprise-crc32'] ?? '0', 16) ^ (1 << at(what, 32))) >>> 0;
    metadata['reprise-crc32'] = wrong.toString(16).padStart(8, '0');
  }),
  'a wrong update told': withMetadata((metadata, blow) => {
    metadata['reprise-update'] = String(another(blow));
  }),
  'a wrong kind told': withMetadata((metadata, { place }) => {
    metadata['reprise-kind'] = place.kind === 'Last' ? 'Step' : 'Last';
  }),
  'a wrong attempt told': withMetadata((metadata, { place }) => {
    metadata['reprise-attempt'] = place.attempt === first ? '0002-22222222' : '0001-11111111';
  }),
  'wrong on the way, once': onTheWay(1),
  'wrong on the way, again and again': onTheWay(1000),
  'a listing without it': staleListing('absent'),
  'a listing of what it was': staleListing('replaced'),
};

/** True when the bytes are those saved under this key, to the last. */
export const isPristine = (key: string, bytes: Uint8Array | undefined): boolean =>
  bytes !== undefined && Buffer.compare(bytes, pristine.get(key) ?? new Uint8Array()) === 0;
