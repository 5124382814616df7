// How often anything random or repeated runs: a bounded number in `make test`, the full one in `make nightly`.

/** True in `make nightly`. */
export const nightly = process.env['REPRISE_NIGHTLY'] === '1';

/** The number of runs for this invocation: `{ numRuns: runs(200, 20_000) }`. */
export const runs = (bounded: number, full: number): number => (nightly ? full : bounded);
