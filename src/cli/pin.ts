// kubectl reprise pin: keeps a checkpoint whatever retention says. Looks whether it is there, asks by an entry of spec.pins of its own,
// or in the bucket once the run is gone, and looks again.
import { choosePinned } from '../domain/bucket/pin-choice.ts';
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import type { RunStatus } from '../domain/run/status.ts';
import type { BucketFacts } from '../domain/run/facts.ts';
import { parseTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';
import type { ObjectStore } from '../ports/objects.ts';
import { withCluster } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError } from './errors.ts';
import { refuseTooMany } from './pin-limit.ts';
import {
  type NamedPin,
  pinnedArgument,
  pinOptions,
  readPinned,
  readReason,
  readUntil,
} from './pin-options.ts';
import {
  findPlace,
  type LeftPlace,
  type LivingPlace,
  type OpenPlace,
  requireLeft,
  withPlace,
} from './pin-place.ts';
import { type PinReport, writePinReport } from './pin-report.ts';
import { claimPin, entryOf, type NewPin, writePin } from './pin-writing.ts';
import type { CliWorld } from './world.ts';

export const pin: Command = {
  name: 'pin',
  summary: 'keep a checkpoint of a run, whatever retention says',
  about: `Puts the checkpoint into spec.pins, as an entry that no other manager of the run takes away: applying the run anew from Git
leaves it. Of a run that is gone the pin is written into the bucket, beside what the run left.`,
  arguments: [pinnedArgument],
  options: [
    { name: 'reason', value: 'TEXT', help: 'why it must stay' },
    {
      name: 'until',
      value: 'TIME',
      help: 'when the pin ends: 2027-01-31T00:00:00Z, 2027-01-31, 30d, 12h (default: when it is unpinned)',
    },
    ...pinOptions,
  ],
  examples: [
    'pin -n voice xiaoyi-zh@40000 --reason "demo voice"',
    'pin -n voice xiaoyi-zh@40000 --reason "for the listening test" --until 30d',
    'pin -n voice xiaoyi-zh@60000 --attempt 1 --reason "before the rollback"',
  ],
  run,
};

interface Asked {
  readonly named: NamedPin;
  readonly reason: string;
  readonly until: (now: Instant) => Instant | undefined;
}

interface Caller {
  readonly world: CliWorld;
  readonly input: CommandInput;
}

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const asked = { named: readPinned(input), reason: readReason(input), until: readUntil(input) };
  const report = await withCluster(world, input, async (cluster, namespace) => {
    const place = await findPlace({ cluster, namespace, input }, asked.named.name, signal);
    return place.run === undefined
      ? pinLeft({ world, input }, { place, asked }, signal)
      : pinLiving({ world, input }, { place, asked }, signal);
  });
  writePinReport(world, input, report);
  return 0;
}

async function pinLiving(
  caller: Caller,
  { place, asked }: { readonly place: LivingPlace; readonly asked: Asked },
  signal: AbortSignal,
): Promise<PinReport> {
  const { name, namespace, run: found } = place;
  const open = await withPlace(caller, { place, use: async (opened) => opened }, signal);
  refuseForeign(place, open.facts);
  const { wanted, checkpoints, now } = wantedOf(caller.world, open, { ...asked, place });
  await refuseTooMany(place, { pin: wanted, now }, signal);
  const before = found.spec.pins?.find(
    ({ update, attempt }) => update === wanted.update && attempt === wanted.attempt,
  );
  await claimPin(place, wanted, signal);
  await expectThere(open.objects, checkpoints, signal);
  const entry = entryOf(wanted);
  const isSame = before !== undefined && before.reason === entry.reason && before.until === entry.until;
  const rescued = checkpoints.some((one) => isCondemned(found.status, one));
  return { name, namespace, pin: wanted, checkpoints, changed: !isSame, rescued, heldBy: 'Spec' };
}

/** A run holds nothing of a place that is not its own. */
function refuseForeign({ run: found, namespace, name, prefix }: LivingPlace, { marker }: BucketFacts): void {
  if (marker === undefined || marker.runUid === found.metadata.uid) return;
  throw new CommandError(
    `what lies below ${prefix} is of a former run of this name, which ${namespace}/${name} has not taken over: it pins none of it`,
  );
}

async function pinLeft(
  caller: Caller,
  { place, asked }: { readonly place: LeftPlace; readonly asked: Asked },
  signal: AbortSignal,
): Promise<PinReport> {
  const { name, namespace, prefix } = place;
  const use = async (open: OpenPlace): Promise<PinReport> => {
    const { runUid } = requireLeft(place, open.facts);
    const { wanted, checkpoints, now } = wantedOf(caller.world, open, { ...asked, place });
    const keys = checkpoints.map(({ key }) => key.slice(prefix.length)).toSorted();
    await writePin({ place, open, runUid }, { ...wanted, keys, since: now }, signal);
    await expectThere(open.objects, checkpoints, signal);
    return { name, namespace, pin: wanted, checkpoints, changed: true, rescued: false, heldBy: 'Bucket' };
  };
  const report = await withPlace(caller, { place, use }, signal);
  // Whoever began to delete meanwhile may not have seen the pin.
  await withPlace(caller, { place, use: async ({ facts }) => requireLeft(place, facts) }, signal);
  return report;
}

interface Wanted {
  readonly wanted: NewPin;
  readonly checkpoints: readonly Checkpoint[];
  /** By the store's clock. */
  readonly now: Instant;
}

function wantedOf(
  { clock }: CliWorld,
  { facts }: OpenPlace,
  { named, reason, until, place }: Asked & { readonly place: LivingPlace | LeftPlace },
): Wanted {
  const now = facts.storeTime ?? clock.now();
  const end = until(now);
  const choice = choosePinned(facts, named);
  if (choice.kind === 'None')
    throw new CommandError(`the run ${place.namespace}/${place.name}: ${choice.why}`);
  const { attempt, checkpoints } = choice;
  return { wanted: { attempt, update: named.update, reason, until: end }, checkpoints, now };
}

const isCondemned = (
  status: RunStatus | undefined,
  { attempt, update, kind, savedAt }: Checkpoint,
): boolean =>
  status?.checkpoints?.newest.some(
    (listed) =>
      listed.verdict === 'Condemned' &&
      listed.attempt === attempt.number &&
      listed.update === update &&
      listed.kind === kind &&
      Math.abs((parseTime(listed.savedAt) ?? 0) - savedAt) < 1000,
  ) === true;

/** A deletion that was under way may have been quicker than the pin. */
async function expectThere(
  objects: ObjectStore,
  checkpoints: readonly Checkpoint[],
  signal: AbortSignal,
): Promise<void> {
  for (const { key } of checkpoints) {
    if ((await objects.head(key, signal)) === undefined)
      throw new CommandError(
        `it is too late: ${key} was deleted just now, before the pin held. The pin stands, and protects nothing; unpin it`,
      );
  }
}
