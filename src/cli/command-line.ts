// Understands a command line: which command, its options and its arguments. What it cannot understand is a usage error that
// names the argument and the cure; nothing is guessed.
import { parseArgs } from 'node:util';
import type { Command, CommandInput, OptionSpec } from './command.ts';
import { UsageError } from './errors.ts';

export type CommandLine =
  | { readonly kind: 'Help'; readonly command: Command | undefined }
  | { readonly kind: 'Version' }
  | { readonly kind: 'Run'; readonly command: Command; readonly input: CommandInput };

/** Every command has these. */
export const commonOptions: readonly OptionSpec[] = [{ name: 'help', short: 'h', help: 'show this help' }];

const programOptions: readonly OptionSpec[] = [
  ...commonOptions,
  { name: 'version', help: 'show the version' },
];

/** Reads the arguments after the program's name. @throws UsageError */
export function parseCommandLine(commands: readonly Command[], args: readonly string[]): CommandLine {
  const everyOption = [...programOptions, ...commands.flatMap(({ options }) => options)];
  const { tokens } = tokensOf(args, everyOption);
  const name = tokens.find((token) => token.kind === 'positional');
  if (name === undefined) return withoutCommand(tokens, args);
  const rest = args.toSpliced(name.index, 1);
  if (name.value === 'help') return helpFor(commands, rest);
  return readCommand(findCommand(commands, name.value), rest);
}

function withoutCommand(tokens: readonly Token[], args: readonly string[]): CommandLine {
  if (args.length === 0) return { kind: 'Help', command: undefined };
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (token.name === 'version') return { kind: 'Version' };
    if (token.name === 'help' || token.name === 'h') return { kind: 'Help', command: undefined };
  }
  throw new UsageError(`no command is given: try kubectl reprise --help`);
}

function helpFor(commands: readonly Command[], args: readonly string[]): CommandLine {
  const [name] = args.filter((arg) => !arg.startsWith('-'));
  return { kind: 'Help', command: name === undefined ? undefined : findCommand(commands, name) };
}

function findCommand(commands: readonly Command[], name: string): Command {
  const command = commands.find((known) => known.name === name);
  if (command !== undefined) return command;
  const names = commands.map((known) => known.name).join(', ');
  throw new UsageError(`there is no command "${name}": the commands are ${names}`);
}

function readCommand(command: Command, args: readonly string[]): CommandLine {
  const options = [...command.options, ...commonOptions];
  const { tokens } = tokensOf(args, options);
  const values = new Map<string, string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const [name, value] = readOption(options, token);
    values.set(name, value);
  }
  if (values.has('help')) return { kind: 'Help', command };
  checkArguments(command, positionals);
  return { kind: 'Run', command, input: inputOf(command, positionals, values) };
}

type Token = NonNullable<ReturnType<typeof tokensOf>['tokens']>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

// Every option is known to the parser by its long name, so that it knows which take a value; what it does not know it lets
// through, and readOption refuses it in our own words.
function tokensOf(args: readonly string[], options: readonly OptionSpec[]) {
  const known = options.map(({ name, short, value }) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) } as const,
  ]);
  return parseArgs({
    args: [...args],
    options: Object.fromEntries(known),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
}

function readOption(options: readonly OptionSpec[], token: OptionToken): readonly [string, string] {
  const option = options.find(({ name }) => name === token.name);
  if (option === undefined) throw new UsageError(unknownOption(options, token.rawName));
  const { rawName } = token;
  // -o=json, as kubectl reads it
  const value = rawName.startsWith('--') ? token.value : token.value?.replace(/^=/, '');
  if (option.value !== undefined) return [option.name, readValue(option, rawName, value)];
  if (value === undefined) return [option.name, ''];
  throw new UsageError(`${rawName} takes no value: leave "=${value}" out`);
}

function readValue(
  { value: placeholder, words }: OptionSpec,
  rawName: string,
  value: string | undefined,
): string {
  const wanted = words?.join(' or ') ?? placeholder;
  if (value === undefined || value === '')
    throw new UsageError(`${rawName} needs a value: ${rawName} ${wanted}`);
  if (words !== undefined && !words.includes(value))
    throw new UsageError(`${rawName} is "${value}": it must be ${wanted}`);
  return value;
}

function unknownOption(options: readonly OptionSpec[], rawName: string): string {
  const known = options.map(({ name, short }) => `--${name}${short === undefined ? '' : ` (-${short})`}`);
  return `there is no option ${rawName} here: the options are ${known.join(', ')}; write -- before an argument that starts with a dash`;
}

function checkArguments(command: Command, given: readonly string[]): void {
  const specs = command.arguments;
  const missing = specs.slice(given.length).find(({ required }) => required);
  if (missing !== undefined) throw new UsageError(`${missing.name} is missing: ${missing.help}`);
  const isOpen = specs.at(-1)?.many === true;
  const extra = given[specs.length];
  if (extra !== undefined && !isOpen)
    throw new UsageError(
      `"${extra}" is one argument too many: ${command.name} takes ${specs.length === 0 ? 'none' : specs.map(({ name }) => name).join(' ')}`,
    );
  if (given.includes('')) throw new UsageError('an argument is empty: name a run or a file');
}

function inputOf(
  command: Command,
  given: readonly string[],
  values: ReadonlyMap<string, string>,
): CommandInput {
  const declared = (name: string): string => {
    if (!command.options.some((option) => option.name === name))
      throw new Error(`${command.name} declares no option ${name}`);
    return name;
  };
  return {
    arguments: given,
    text: (name) => values.get(declared(name)),
    isSet: (name) => values.has(declared(name)),
  };
}
