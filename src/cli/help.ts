// The help texts, made from the commands' declarations. Plain text; says nothing that the declarations do not.
import type { Command, OptionSpec } from './command.ts';
import { commonOptions } from './command-line.ts';
import { formatColumns } from './columns.ts';

/** How people call this program. */
export const programName = 'kubectl reprise';

/** The one line that shows how a command is written. */
export function usageOf(command: Command): string {
  const args = command.arguments.map(({ name, required, many }) => {
    const shown = many === true ? `${name}...` : name;
    return required ? shown : `[${shown}]`;
  });
  return [programName, command.name, ...args, '[options]'].join(' ');
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const args = command.arguments.map(({ name, help }) => [`  ${name}`, help]);
  const options = [...command.options, ...commonOptions].map((option) => [
    `  ${optionName(option)}`,
    option.help,
  ]);
  return [
    `Usage: ${usageOf(command)}`,
    command.about,
    ...(args.length === 0 ? [] : [`Arguments:\n${formatColumns(args)}`]),
    `Options:\n${formatColumns(options)}`,
    `Examples:\n${command.examples.map((example) => `  ${programName} ${example}`).join('\n')}`,
  ].join('\n\n');
}

/** The help of the program: its commands. */
export function programHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [`  ${name}`, summary]);
  return [
    `Usage: ${programName} COMMAND [arguments] [options]`,
    'Looks into F5-TTS checkpoints and the runs that make them, and tells runs what to do.',
    `Commands:\n${formatColumns(rows)}`,
    `${programName} COMMAND --help (or: help COMMAND) tells more. --version shows the version.`,
    'Exit status: 0 done, 1 it could not be done or a checkpoint is not whole, 2 wrong usage.',
  ].join('\n\n');
}

function optionName({ name, short, value, words }: OptionSpec): string {
  const long = short === undefined ? `    --${name}` : `-${short}, --${name}`;
  const shown = words === undefined ? value : words.join('|');
  return shown === undefined ? long : `${long} ${shown}`;
}
