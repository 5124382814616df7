// Whether a failed request is sent again. A write that may have happened is repeated only where repeating it changes nothing.
import type { ApiFailure } from './api-status.ts';
import { backoffDelay } from './backoff.ts';

const limits = { tries: 4, backoff: { base: 250, cap: 4000 }, budget: 60_000 };

export interface FailedTry {
  readonly failure: ApiFailure;
  /** Which try this was, from 1. */
  readonly attempt: number;
  /** Milliseconds since the first try began. */
  readonly elapsed: number;
  /** Whether the request may be executed twice. */
  readonly repeatable: boolean;
}

/** The server did not execute it, or executing it twice changes nothing. */
function isRetryable({ failure, repeatable }: FailedTry): boolean {
  if (failure.unsent || failure.httpStatus === 429) return true;
  const passing = failure.httpStatus === undefined || failure.httpStatus >= 500 || failure.httpStatus === 408;
  return passing && repeatable;
}

/** Milliseconds before the next try; undefined when there is none. */
export function planRetry(failed: FailedTry, random: () => number): number | undefined {
  const { attempt, elapsed, failure } = failed;
  if (attempt >= limits.tries || !isRetryable(failed)) return undefined;
  const delay = backoffDelay(limits.backoff, { failures: attempt, retryAfter: failure.retryAfter }, random);
  return elapsed + delay > limits.budget ? undefined : delay;
}
