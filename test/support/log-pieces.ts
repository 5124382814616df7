// A log as it reaches the node: in pieces of so many lines, the last of which is still to come.

/** As much of the log as has come. */
export function inPieces(log: string, linesEach: number): string {
  const lines = log.split('\n').slice(0, -1);
  const come = lines.slice(0, lines.length - (lines.length % linesEach));
  return come.map((line) => `${line}\n`).join('');
}
