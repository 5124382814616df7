// Waits for something to become true: always with a limit, and with the last reason in the error when it did not.
import { setTimeout as delay } from 'node:timers/promises';

/** What is waited for. */
export interface Wait {
  /** completes "… within 30 s", e.g. 'etcd did not answer' */
  readonly otherwise: string;
  readonly withinSeconds: number;
  readonly everyMillis?: number;
  /** undefined when it is true, else the reason why it is not yet; an exception counts as a reason */
  check(signal: AbortSignal): Promise<string | undefined>;
}

/** The message of anything thrown, with its cause where there is one. */
export function describeError(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? '' : `: ${describeError(thrown.cause)}`;
  return thrown.message === '' ? `${thrown.name}${cause}` : `${thrown.message}${cause}`;
}

async function reason(wait: Wait, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await wait.check(signal);
  } catch (thrown) {
    return describeError(thrown);
  }
}

/** Resolves once `check` says undefined. @throws with the last reason after `withinSeconds`, or when `signal` aborts. */
export async function waitUntil(wait: Wait, signal?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(wait.withinSeconds * 1000);
  const both = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  for (;;) {
    const why = await reason(wait, both);
    if (why === undefined) return;
    signal?.throwIfAborted();
    if (limit.aborted) throw new Error(`${wait.otherwise} within ${wait.withinSeconds} s: ${why}`);
    await delay(wait.everyMillis ?? 50);
  }
}
