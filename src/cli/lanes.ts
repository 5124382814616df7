// Does work for many items, a few at a time. The first failure ends the rest, and all have ended on return.

/** Rejects with the first failure, or the signal's reason. */
export async function runLanes<T>(
  { items, lanes }: { readonly items: readonly T[]; readonly lanes: number },
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const within = AbortSignal.any([stop.signal, signal]);
  const left = items.values();
  const lane = async (): Promise<void> => {
    try {
      for (const item of left) {
        within.throwIfAborted();
        await work(item, within);
      }
    } catch (cause) {
      stop.abort(cause);
      throw cause;
    }
  };
  await Promise.allSettled(Array.from({ length: Math.min(lanes, items.length) }, lane));
  signal.throwIfAborted();
  stop.signal.throwIfAborted();
}
