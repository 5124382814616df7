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

/** There is no run of this name now; what one left may lie in a store. */
export class AbsentRun extends CommandError {}

/** An error's sentence, whatever was thrown. */
export function sentenceOf(cause: unknown): string {
  const sentence = (cause instanceof Error ? cause.message : String(cause)).trim();
  if (!(cause instanceof ClusterError)) return sentence;
  if (isUnserved(cause)) return `the API server knows no such kind (${sentence}): ${withoutReprise}`;
  return cause.code === 'Forbidden' ? refusalWords(sentence) : sentence;
}

const withoutReprise =
  'Reprise is not installed in this cluster, or --context is to name another (kubectl config get-contexts)';

/** True when the API server serves no such kind: for an object that is not there it has other words. */
const isUnserved = ({ code, message }: ClusterError): boolean =>
  code === 'NotFound' && message.trim() === '404 page not found';
