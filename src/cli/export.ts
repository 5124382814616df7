// kubectl reprise export: the EMA weights of a checkpoint as a .safetensors file, for inference or a warm start. Copies bytes, each
// proven by its entry's CRC32; of a checkpoint in a bucket only the weights' own bytes are fetched. Half a file never has the name.
import type { ByteSource } from '../checkpoint/byte-source.ts';
import { problemOf, Rejection } from '../checkpoint/problem.ts';
import { openWeights, type Weights } from '../checkpoint/weights.ts';
import { clusterOptions } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { type Destination, findDestination, refuseTaken } from './destination.ts';
import { CommandError, UsageError } from './errors.ts';
import { showProgress } from './progress.ts';
import { findRemote } from './remote-checkpoint.ts';
import { remoteSource, withFile } from './source.ts';
import { storeOptions } from './store-access.ts';
import { readTarget } from './target.ts';
import { formatBytes } from '../domain/size.ts';
import { describePace, formatCount, plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const exportWeights: Command = {
  name: 'export',
  summary: 'write the EMA weights of a checkpoint as .safetensors',
  about: `Makes the EMA-only .safetensors that F5-TTS infers with or starts from, out of a full or EMA-only checkpoint.
Every weight is compared with the CRC32 it was saved with. Prints the file's name.`,
  arguments: [
    {
      name: 'FILE|s3://BUCKET/KEY|RUN[@UPDATE]',
      help: "a file, an object, or a run's checkpoint: of that update, else its resume point",
      required: true,
    },
  ],
  options: [
    {
      name: 'ema',
      help: 'the EMA weights (what F5-TTS infers with); the only choice so far, and to be named',
    },
    {
      name: 'output',
      short: 'o',
      value: 'FILE',
      help: 'where to put them (default: model_<update>.safetensors here)',
    },
    { name: 'force', help: 'replace the file when it is there already' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: [
    'export ckpts/model_last.pt --ema -o voice.safetensors',
    'export -n voice xiaoyi-zh@40000 --ema -o voice.safetensors',
  ],
  run,
};

interface Caller {
  readonly world: CliWorld;
  readonly input: CommandInput;
}

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const [what = ''] = input.arguments;
  if (!input.isSet('ema'))
    throw new UsageError('--ema is missing: write it, since the EMA weights are what is exported');
  const caller = { world, input };
  const target = await readTarget(world, what);
  if (target.kind === 'File')
    await withFile(world, { path: target.path, name: what }, (source) =>
      write(caller, { source, name: what }, signal),
    );
  else {
    const remote = await findRemote(caller, target, signal);
    await write(caller, { source: remoteSource(remote), name: remote.address }, signal);
  }
  return 0;
}

interface From {
  readonly source: ByteSource;
  readonly name: string;
}

async function write({ world, input }: Caller, { source, name }: From, signal: AbortSignal): Promise<void> {
  const reading = await openWeights(source, signal);
  if (reading.kind === 'refused')
    throw new CommandError(`${name} cannot be exported: ${reading.problem.message}`);
  const { weights } = reading;
  const fallback = weights.update === null ? 'model.safetensors' : `model_${weights.update}.safetensors`;
  const place = { given: input.text('output'), fallback, mayReplace: input.isSet('force') };
  const destination = await findDestination(world, place);
  const started = world.clock.monotonic();
  await copy(world, { weights, destination, name }, signal);
  const pace = describePace(weights.sizeBytes, world.clock.monotonic() - started);
  const proof = weights.isVerifiable ? 'verified' : 'NOT verified: the source holds no checksums';
  world.out.write(`${destination.name}\n`);
  world.messages.write(
    `${plain(destination.name)}: ${formatCount(weights.tensors)} tensors, ${formatBytes(weights.sizeBytes)} from ${plain(name)} in ${pace}, ${proof}\n`,
  );
}

interface Copying {
  readonly weights: Weights;
  readonly destination: Destination;
  readonly name: string;
}

async function copy(
  world: CliWorld,
  { weights, destination, name }: Copying,
  signal: AbortSignal,
): Promise<void> {
  const part = `${destination.path}.part`;
  if ((await world.disk.stat(part)) !== undefined)
    throw new CommandError(`${part} is in the way: remove it, or choose another file`);
  const file = await world.disk.create(part, weights.sizeBytes);
  const progress = showProgress(world, { verb: 'exporting', sizeBytes: weights.sizeBytes });
  try {
    let at = 0;
    for await (const chunk of weights.chunks(signal)) {
      file.write(at, chunk);
      at += chunk.length;
      progress.at(at);
    }
    await file.commit();
    await refuseTaken(world, destination);
    await world.disk.rename(part, destination.path);
  } catch (cause) {
    await file.discard();
    throw cause instanceof Rejection
      ? new CommandError(`${name} is damaged: ${problemOf(cause).message}`)
      : cause;
  } finally {
    progress.end();
  }
}
