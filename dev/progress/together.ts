// Runs things side by side without leaving one running behind when another fails.

/** As Promise.all, but rejects only after every promise has settled, so that a clean-up afterwards meets nothing half-started. */
export async function together<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
