// kubectl reprise inspect: what checkpoints say about themselves, and whether they are whole. Reads their ends, or with --verify
// every byte; runs nothing from them and writes nothing.
import { clusterOptions } from './cluster-access.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { sentenceOf, UsageError } from './errors.ts';
import { type Examination, isSound, look } from './examination.ts';
import { describeCheckpoint, reportOf } from './inspect-report.ts';
import { announcedCrc32, findRemote } from './remote-checkpoint.ts';
import { remoteSource, withFile } from './source.ts';
import { storeOptions } from './store-access.ts';
import { readTarget } from './target.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const inspect: Command = {
  name: 'inspect',
  summary: 'show what a checkpoint is: update, plan, world size, whether it is whole',
  about: `Reads checkpoints of F5-TTS (.pt, .safetensors) without loading or running anything from them.
Exit status 1 when a file is incomplete, damaged or no checkpoint of F5-TTS.`,
  arguments: [
    {
      name: 'FILE|s3://BUCKET/KEY|RUN[@UPDATE]',
      help: "a file, an object, or a run's checkpoint: of that update, else its resume point",
      required: true,
      many: true,
    },
  ],
  options: [
    { name: 'tensors', help: 'list every tensor: its group, name, type and shape' },
    { name: 'verify', help: "read everything and compare every entry's CRC32" },
    { name: 'output', short: 'o', value: 'FORMAT', words: ['json'], help: 'print a JSON array' },
    ...clusterOptions,
    ...storeOptions,
  ],
  examples: [
    'inspect ckpts/model_last.pt',
    'inspect --verify -o json s3://voice-ckpts/prod/voice/xiaoyi-zh/attempts/0003-9f31c2aa/last/model_55000.pt',
    'inspect -n voice xiaoyi-zh@40000',
  ],
  run,
};

type Inspected = Examination & { readonly name: string };

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const inspected: Inspected[] = [];
  const hasTensors = input.isSet('tensors');
  let isWhole = true;
  for (const name of input.arguments) {
    try {
      const one = await inspectOne({ world, input }, name, signal);
      inspected.push(one);
      isWhole &&= isSound(one.facts);
      if (input.text('output') === undefined)
        world.out.write(`${inspected.length > 1 ? '\n' : ''}${describeCheckpoint(one, hasTensors)}\n`);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof UsageError) throw cause;
      isWhole = false;
      world.messages.write(`error: ${plain(sentenceOf(cause))}\n`);
    }
  }
  if (input.text('output') === 'json')
    world.out.write(
      `${JSON.stringify(
        inspected.map((one) => reportOf(one, hasTensors)),
        null,
        2,
      )}\n`,
    );
  return isWhole ? 0 : 1;
}

interface Caller {
  readonly world: CliWorld;
  readonly input: CommandInput;
}

async function inspectOne(caller: Caller, name: string, signal: AbortSignal): Promise<Inspected> {
  const { world, input } = caller;
  const target = await readTarget(world, name);
  const isVerified = input.isSet('verify');
  if (target.kind === 'File')
    return await withFile(world, { path: target.path, name }, async (source) => ({
      name,
      ...(await look(world, { source, isVerified }, signal)),
    }));
  const remote = await findRemote(caller, target, signal);
  const announced = isVerified ? await announcedCrc32(remote, signal) : undefined;
  const question = { source: remoteSource(remote), isVerified, announced, isRemote: true };
  return { name: remote.address, ...(await look(world, question, signal)) };
}
