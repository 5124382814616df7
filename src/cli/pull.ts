// kubectl reprise pull: brings a checkpoint to the user's disk, proven by every byte, or nothing. What an interruption leaves is
// gone on from. The file has its name only once it is whole.
import { clusterOptions } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { type Destination, findDestination, refuseTaken } from './destination.ts';
import { CommandError, sentenceOf } from './errors.ts';
import { type Examination, isSound, look, type Proof } from './examination.ts';
import { PartFile, removeJournal, removePartFile } from './part-file.ts';
import { showProgress } from './progress.ts';
import { announcedCrc32, findRemote, type RemoteCheckpoint } from './remote-checkpoint.ts';
import { withFile } from './source.ts';
import { storeOptions } from './store-access.ts';
import { parseObject, requireRun } from './target.ts';
import { formatBytes } from '../domain/size.ts';
import { describePace, formatCrc32, plain } from './words.ts';
import type { CliWorld } from './world.ts';

const partBytes = 8 * 1024 * 1024;

export const pull: Command = {
  name: 'pull',
  summary: "bring a run's checkpoint to this machine, verified",
  about: `Downloads a checkpoint and proves it: the CRC32 noted when it was saved, every entry of the archive, the update inside.
An interrupted pull leaves FILE.part; the same command goes on from there. Prints the file's name.`,
  arguments: [
    {
      name: 'RUN[@UPDATE]|s3://BUCKET/KEY',
      help: "a run's checkpoint: of that update, else its resume point; or an object",
      required: true,
    },
    { name: 'FILE', help: 'where to put it (default: model_<update>.pt here)', required: false },
  ],
  options: [
    { name: 'force', help: 'replace FILE when it is there already' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: ['pull -n voice xiaoyi-zh', 'pull -n voice xiaoyi-zh@40000 voice.pt'],
  run,
};

interface Pull {
  readonly world: CliWorld;
  readonly remote: RemoteCheckpoint;
  readonly path: string;
  /** The CRC32 noted when it was saved. */
  readonly announced: number | undefined;
}

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const [what = '', given] = input.arguments;
  const target = parseObject(what) ?? requireRun(what);
  const remote = await findRemote({ world, input }, target, signal);
  const fallback = remote.key.slice(remote.key.lastIndexOf('/') + 1);
  const mayReplace = input.isSet('force');
  const destination = await findDestination(world, { given, fallback, mayReplace });
  const path = `${destination.path}.part`;
  const announced = await announcedCrc32(remote, signal);
  const pulled = { world, remote, path, announced };
  const started = world.clock.monotonic();
  const fetched = await fetchParts(pulled, signal);
  const isVerified = await prove(pulled, fetched.crc32, signal);
  await place(pulled, destination);
  world.out.write(`${destination.name}\n`);
  const pace = describePace(fetched.bytes, world.clock.monotonic() - started);
  const proof = isVerified ? 'verified' : 'NOT verified: nothing tells what its bytes should be';
  world.messages.write(
    `${plain(destination.name)}: ${formatBytes(remote.sizeBytes)} from ${plain(remote.address)} in ${pace}, ${proof} (CRC32 ${formatCrc32(fetched.crc32)})\n`,
  );
  return 0;
}

/** Fetches what is missing; tells the CRC32 of all that was written, and how much was fetched now. */
async function fetchParts(
  { world, remote, path }: Pull,
  signal: AbortSignal,
): Promise<{ readonly crc32: number; readonly bytes: number }> {
  const { objects, key, etag, sizeBytes, address } = remote;
  const file = await PartFile.open(world, path, { object: address, etag, sizeBytes, partBytes });
  const already = file.doneBytes;
  if (already > 0)
    world.messages.write(`going on: ${formatBytes(already)} of ${formatBytes(sizeBytes)} are here already\n`);
  const progress = showProgress(world, { verb: 'pulling', sizeBytes, alreadyBytes: already });
  try {
    const write = file.take.bind(file);
    const onProgress = (bytes: number): void => progress.at(already + bytes);
    await objects.download({ key, etag, sizeBytes, ranges: file.missing, write, onProgress }, signal);
  } catch (cause) {
    progress.end();
    await keepParts(world, file, sizeBytes);
    throw cause;
  }
  progress.end();
  await file.close();
  return { crc32: file.crc32, bytes: sizeBytes - already };
}

async function keepParts({ messages }: CliWorld, file: PartFile, sizeBytes: number): Promise<void> {
  try {
    await file.close();
    messages.write(
      `${formatBytes(file.doneBytes)} of ${formatBytes(sizeBytes)} are kept: run the same command again to go on\n`,
    );
  } catch (cause) {
    messages.write(`what was fetched could not be kept: ${plain(sentenceOf(cause))}\n`);
  }
}

/** Reads the file back and proves it; what is not good is removed. True when something vouches for its every byte. */
async function prove(pulled: Pull, crc32: number, signal: AbortSignal): Promise<boolean> {
  const { world, remote, path, announced } = pulled;
  const found = await withFile(world, { path, name: path }, (source) =>
    look(world, { source, isVerified: true, announced }, signal),
  );
  const flaw = flawOf(pulled, crc32, found);
  if (flaw === undefined) return announced !== undefined || found.verification?.verdict === 'Verified';
  await removePartFile(world, path);
  throw new CommandError(
    `${remote.address} is not good and was not kept: ${flaw.replace(/\.$/, '')}; try another checkpoint of the run`,
  );
}

function flawOf(
  { remote, announced }: Pull,
  crc32: number,
  { facts, verification }: Examination,
): string | undefined {
  if (announced !== undefined && announced !== crc32)
    return `it has CRC32 ${formatCrc32(crc32)}, not ${formatCrc32(announced)} as when it was saved`;
  if (!isSound(facts)) return facts.problems[0]?.message ?? 'it is no checkpoint of F5-TTS';
  if (isOtherOnDisk(verification, crc32)) return 'the disk gives other bytes back than were written';
  if (remote.update === undefined || remote.update === facts.update) return undefined;
  return `it holds update ${facts.update}, not ${remote.update} as its key says`;
}

const isOtherOnDisk = (verification: Proof | undefined, crc32: number): boolean =>
  verification !== undefined && 'fileCrc32' in verification && verification.fileCrc32 !== crc32;

async function place({ world, path }: Pull, destination: Destination): Promise<void> {
  await refuseTaken(world, destination);
  await world.disk.rename(path, destination.path);
  await removeJournal(world, path);
}
