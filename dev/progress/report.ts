// How dev/ tells a person what it does: one plain line per step, with the seconds it took, and a sign of life during long work.

/** Receives lines for a person. */
export type Report = (line: string) => void;

/** Says nothing. */
export const silent: Report = () => undefined;

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Runs `work` and reports `what` with its duration afterwards. */
export async function step<T>(report: Report, what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  report(`${what} (${seconds(start)})`);
  return result;
}

/** Runs `work`, alone; reports `what` at once, the seconds every 15 s until it ends, and its duration. */
export async function longStep<T>(report: Report, what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  report(`${what} …`);
  const timer = setInterval(() => report(`… ${Math.round((performance.now() - start) / 1000)} s`), 15_000);
  try {
    const result = await work();
    report(`… done (${seconds(start)})`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
