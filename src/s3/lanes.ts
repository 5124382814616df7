// Runs the parts of a transfer side by side: a few lanes, each with one part at a time. A lane that the server throttles
// retires, so that the transfer asks for less; the last lane stays. The first failure ends all lanes, and all have ended on return.

export interface Part {
  /** From 0. */
  readonly index: number;
  readonly offset: number;
  readonly length: number;
}

export interface Lane {
  /** Called when the server asked for fewer requests. */
  readonly onThrottled: () => void;
  readonly signal: AbortSignal;
}

/** Cuts `sizeBytes` into parts of `partBytes`; the last may be shorter. */
export function cutParts(sizeBytes: number, partBytes: number): readonly Part[] {
  return Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => {
    const offset = index * partBytes;
    return { index, offset, length: Math.min(partBytes, sizeBytes - offset) };
  });
}

/** Does `work` for every part, at most `lanes` at a time. Rejects with the first failure, or the signal's reason. */
export async function runLanes(
  plan: { readonly parts: readonly Part[]; readonly lanes: number },
  makeWork: () => (part: Part, lane: Lane) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const pass = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', pass, { once: true });
  const parts = plan.parts.values();
  const count = Math.min(plan.lanes, plan.parts.length);
  let running = count;
  const lane = async (): Promise<void> => {
    const work = makeWork();
    let throttled = false;
    const onThrottled = (): void => {
      throttled = true;
    };
    try {
      for (const part of parts) {
        stop.signal.throwIfAborted();
        await work(part, { onThrottled, signal: stop.signal });
        if (throttled && running > 1) return;
        throttled = false;
      }
    } catch (error) {
      stop.abort(error);
      throw error;
    } finally {
      running -= 1;
    }
  };
  try {
    await Promise.allSettled(Array.from({ length: count }, lane));
    // the first failure is the reason; what the others then failed with is not
    if (stop.signal.aborted) await Promise.reject(stop.signal.reason);
  } finally {
    signal.removeEventListener('abort', pass);
  }
}
