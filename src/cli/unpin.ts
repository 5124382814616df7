// kubectl reprise unpin: takes the pins of an update away, from the spec of the run and those that the bucket keeps beside it. It
// deletes nothing; retention then judges the checkpoint by its rules.
import type { TTSTrainingRun } from '../api/run.ts';
import { asPins, besideSpec, type BucketPin } from '../domain/retention/bucket-pins.ts';
import { isInForce } from '../domain/retention/rules.ts';
import type { BucketFacts } from '../domain/run/facts.ts';
import { ObjectStoreError } from '../ports/objects.ts';
import { withCluster } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError, sentenceOf } from './errors.ts';
import { type NamedPin, pinnedArgument, pinOptions, readPinned } from './pin-options.ts';
import { findPlace, type LeftPlace, type LivingPlace, type OpenPlace, withPlace } from './pin-place.ts';
import { type RemovedPin, writeUnpinReport } from './pin-report.ts';
import { endPin } from './pin-writing.ts';
import { changeRun } from './run-change.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const unpin: Command = {
  name: 'unpin',
  summary: 'let retention judge a pinned checkpoint again',
  about: `Takes every pin of the update out of spec.pins, whoever put it there, and ends those of former runs of this name in the bucket.
Nothing is deleted by this; a checkpoint that no rule keeps goes after the grace time. A manifest in Git that lists the pin puts it back.`,
  arguments: [pinnedArgument],
  options: pinOptions,
  examples: ['unpin -n voice xiaoyi-zh@40000', 'unpin -n voice xiaoyi-zh@60000 --attempt 1'],
  run,
};

interface Caller {
  readonly world: CliWorld;
  readonly input: CommandInput;
}

type Place = LivingPlace | LeftPlace;

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const named = readPinned(input);
  const { name, update } = named;
  const report = await withCluster(world, input, async (cluster, namespace) => {
    const place = await findPlace({ cluster, namespace, input }, name, signal);
    const asked = { caller: { world, input }, place, named };
    const fromSpec = place.run === undefined ? [] : await removeFromSpec(place, named, signal);
    const fromBucket = await removeFromBucket(asked, fromSpec.length > 0, signal);
    return { name, namespace, update, removed: [...fromSpec, ...fromBucket] };
  });
  writeUnpinReport(world, input, report);
  return 0;
}

const isMeant = (
  { update, attempt }: { readonly update: number; readonly attempt: number },
  named: NamedPin,
): boolean => update === named.update && (named.attempt === undefined || named.attempt === attempt);

async function removeFromSpec(
  { cluster, name, namespace, run: found }: LivingPlace,
  named: NamedPin,
  signal: AbortSignal,
): Promise<readonly RemovedPin[]> {
  let removed: readonly RemovedPin[] = [];
  const patchFor = ({ spec: { pins = [] } }: TTSTrainingRun) => {
    const going = pins.filter((pin) => isMeant(pin, named));
    if (going.length === 0) return undefined;
    removed = going.map(({ attempt, reason }) => ({ attempt, reason, heldBy: 'Spec' }));
    return { spec: { pins: pins.filter((pin) => !isMeant(pin, named)) } };
  };
  await changeRun(cluster, { name, namespace, uid: found.metadata.uid, patchFor }, signal);
  return removed;
}

interface Asked {
  readonly caller: Caller;
  readonly place: Place;
  readonly named: NamedPin;
}

/** `isEnough`: something was unpinned already, so that a bucket that cannot be opened is only told. */
async function removeFromBucket(
  asked: Asked,
  isEnough: boolean,
  signal: AbortSignal,
): Promise<readonly RemovedPin[]> {
  const { caller, place, named } = asked;
  const use = async (open: OpenPlace): Promise<readonly RemovedPin[]> => {
    const now = open.facts.storeTime ?? caller.world.clock.now();
    const standing = pinsBeside(place, open.facts).filter(({ words }) =>
      isInForce({ until: words?.until }, now),
    );
    const going = standing.filter((pin) => isMeant(pin, named));
    if (going.length === 0 && !isEnough) throw notPinned(asked, standing);
    for (const pin of going) await endPin(open, { pin, now: Math.floor(now / 1000) * 1000 }, signal);
    return going.map(({ attempt, words }) => ({ attempt, reason: words?.reason, heldBy: 'Bucket' }));
  };
  try {
    return await withPlace(caller, { place, use }, signal);
  } catch (cause) {
    if (!isEnough || !(cause instanceof CommandError || cause instanceof ObjectStoreError)) throw cause;
    const message = `the pin is out of the spec; whether a former run of this name left one in the bucket could not be looked at: ${sentenceOf(cause)}`;
    caller.world.messages.write(`${plain(message)}\n`);
    return [];
  }
}

const pinsBeside = ({ run: found }: Place, { pins }: BucketFacts): readonly BucketPin[] =>
  found === undefined ? pins : besideSpec(pins, found.metadata.uid);

function notPinned({ place, named }: Asked, standing: readonly BucketPin[]): CommandError {
  const { name, namespace, run: found } = place;
  const all = [...(found?.spec.pins ?? []), ...asPins(standing)];
  const words = all.map(({ update, attempt }) => `${update}${attempt === 0 ? '' : ` of attempt ${attempt}`}`);
  const there = words.length === 0 ? 'it has no pins' : `pinned are ${words.join(', ')}`;
  const of = named.attempt === undefined ? '' : ` of attempt ${named.attempt}`;
  const whose =
    found === undefined ? `what the run ${namespace}/${name} left` : `the run ${namespace}/${name}`;
  return new CommandError(`no pin holds update ${named.update}${of} of ${whose}: ${there}`);
}
