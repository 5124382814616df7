// Runs one command line to its exit code: 0 done, 1 not so or not possible, 2 wrong usage. Whatever goes wrong ends in one
// sentence on the message side, never in a stack trace.
import type { Command } from './command.ts';
import { parseCommandLine } from './command-line.ts';
import { sentenceOf, UsageError } from './errors.ts';
import { commandHelp, programHelp, programName, usageOf } from './help.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

const exitCodes = { failed: 1, usage: 2 } as const;

export interface Program {
  readonly commands: readonly Command[];
  readonly world: CliWorld;
}

/** Runs what the arguments ask for. Rejects only with the signal's reason. */
export async function runProgram(
  { commands, world }: Program,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  try {
    const line = parseCommandLine(commands, args);
    switch (line.kind) {
      case 'Help':
        world.out.write(
          `${line.command === undefined ? programHelp(commands) : commandHelp(line.command)}\n`,
        );
        return 0;
      case 'Version':
        world.out.write(`reprise ${world.version}\n`);
        return 0;
      case 'Run':
        return await line.command.run(world, line.input, signal);
    }
  } catch (cause) {
    signal.throwIfAborted();
    world.messages.write(`error: ${plain(sentenceOf(cause))}\n`);
    if (!(cause instanceof UsageError)) return exitCodes.failed;
    world.messages.write(`${usageFor(commands, args)}\n`);
    return exitCodes.usage;
  }
}

function usageFor(commands: readonly Command[], args: readonly string[]): string {
  const command = commands.find(({ name }) => args.includes(name));
  return command === undefined ? `See ${programName} --help.` : `Usage: ${usageOf(command)}`;
}
