// Long work in small pieces: after each of them whoever runs it can let others have a turn. What it works on must not change meanwhile.

export type Pieces<T> = Generator<undefined, T>;

/** All of it at once. */
export function finished<T>(work: Pieces<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}
