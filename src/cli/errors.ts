// The two ways in which a command fails for a person to read: used wrongly, or unable to do what was asked.
import { ClusterError } from '../ports/cluster.ts';
import { refusalWords } from './refusal-words.ts';

/** The command line cannot be understood: exit code 2. The message names the argument and the cure. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked cannot be done: exit code 1. The message is one sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** An error's sentence, whatever was thrown. */
export function sentenceOf(cause: unknown): string {
  const sentence = (cause instanceof Error ? cause.message : String(cause)).trim();
  return cause instanceof ClusterError && cause.code === 'Forbidden' ? refusalWords(sentence) : sentence;
}
