// Runs beside a cluster of a test or a start that has not finished: when its parent ends without a word, even by kill -9, it removes
// the cluster. The word is a line on standard input; the end of standard input without it means that the parent is gone.
import { appendFileSync } from 'node:fs';
import { describeError } from '../progress/polling.ts';
import { removeCluster } from './cluster-removal.ts';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: node dev/cluster/janitor.ts DIRECTORY');

let said = '';
process.stdin.setEncoding('utf8');
for await (const text of process.stdin) said += String(text);
if (said.trim() === '') {
  try {
    await removeCluster(directory);
  } catch (thrown) {
    appendFileSync(`${directory}/janitor.log`, `${describeError(thrown)}\n`);
    process.exitCode = 1;
  }
}
