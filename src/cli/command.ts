// What a command of the CLI is: data that the parser, the help and the documents are made from, and what it does. Nothing else
// about a command is known outside its own file.
import type { CliWorld } from './world.ts';

/** An option, by its long name: `namespace`, `no-color`. */
export interface OptionSpec {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** How help calls its value; absent = a switch, which takes none. */
  readonly value?: string;
  /** The only values it takes. */
  readonly words?: readonly string[];
  readonly help: string;
}

/** An argument without a name, in its place. */
export interface ArgumentSpec {
  /** How help calls it, in capitals: `RUN[@UPDATE]`. */
  readonly name: string;
  readonly help: string;
  readonly required: boolean;
  /** Takes all arguments that are left. */
  readonly many?: boolean;
}

/** What the user asked of a command, checked against its declaration. */
export interface CommandInput {
  readonly arguments: readonly string[];
  /** An option's value; undefined when it was not given. */
  text(name: string): string | undefined;
  /** Whether a switch was given. */
  isSet(name: string): boolean;
}

/** How a command ends: 0 = what was asked is so, 1 = it is not. Usage errors (2) are the frame's. */
export type ExitCode = 0 | 1;

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What a person should know before using it. */
  readonly about: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** Command lines, without `kubectl reprise`. */
  readonly examples: readonly string[];
  /** Rejects with an error whose message is one sentence for a person. */
  run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode>;
}
